// @vitest-environment node
import { expect, test } from 'vitest';
import type { Message } from '../src/natter/protocol';
import { Timeline } from '../src/natter/timeline';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  _id: `m${seq}`,
  conversationId: 'c',
  senderId: { _id: 'a', name: 'Ana', profileImage: null },
  text: `text ${seq}`,
  media: [],
  messageType: 'text',
  status: 'sent',
  replyTo: null,
  reactions: [],
  seq,
  rev: seq,
  clientMessageId: null,
  editedAt: null,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
  ...more,
});

/** A timeline that was joined after `lastSeq` messages. */
function joined(lastSeq: number): Timeline {
  const timeline = new Timeline();
  timeline.start({ rev: lastSeq, lastSeq });
  return timeline;
}

const texts = (timeline: Timeline) => timeline.shown().map(({ text }) => text);

test('what comes twice or late is shown once, in order', () => {
  const timeline = joined(0);
  [3, 1, 2, 3, 1].forEach((seq) => timeline.apply(message(seq)));
  expect(texts(timeline)).toEqual(['text 1', 'text 2', 'text 3']);
});

test('the newer of two states stays, in whatever order they come', () => {
  const edited = message(1, { text: 'edited', rev: 2 });
  for (const order of [[message(1), edited], [edited, message(1)]]) {
    const timeline = joined(0);
    order.forEach((each) => timeline.apply(each));
    expect(texts(timeline)).toEqual(['edited']);
  }
});

test('an ack does not move what is caught up from', () => {
  const timeline = joined(4);
  timeline.apply(message(7));
  expect(timeline.rev).toBe(4);
  timeline.advance(5);
  expect(timeline.rev).toBe(5);
});

test('a status only rises, and is kept for a message that comes after it', () => {
  const timeline = joined(0);
  timeline.raise('m1', 'read');
  timeline.apply(message(1));
  timeline.raise('m1', 'delivered');
  timeline.apply(message(1, { rev: 2 }));
  expect(timeline.shown().map(({ status }) => status)).toEqual(['read']);
});

test('a deletion holds against an older copy that comes after it', () => {
  const timeline = joined(1);
  timeline.delete('m1', 2);
  timeline.applyOlder([message(1)]);
  timeline.apply(message(1));
  expect(timeline.shown()).toMatchObject([{ _id: 'm1', text: null, deleted: true, rev: 2 }]);
});

test('nothing is shown before what is between has been loaded', () => {
  const timeline = joined(10);
  timeline.apply(message(2, { rev: 11 })); // an old one was edited
  timeline.apply(message(11, { rev: 12 }));
  expect(texts(timeline)).toEqual(['text 11']);
  expect(timeline.olderThan).toBe(11);
  timeline.applyOlder([8, 9, 10].map((seq) => message(seq)));
  expect(texts(timeline)).toEqual(['text 8', 'text 9', 'text 10', 'text 11']);
  timeline.applyOlder([1, 2, 3, 4, 5, 6, 7].map((seq) => message(seq)));
  expect(timeline.olderThan).toBeNull();
  expect(timeline.shown()).toHaveLength(11);
});
