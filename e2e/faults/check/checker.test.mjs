// The checker itself: it passes what is right, and finds every kind of fault in what is not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { faultsOfNotices, faultsOfRecord } from './clients.mjs';
import { faultsOfAcks, faultsOfConversation } from './store.mjs';

/** Three messages: `b` was edited after `c` came, so that it is at rev 4 and was at rev 2. */
const stored = (change = () => {}) => {
  const message = (id, seq, revs, more) => ({
    id, seq, revs, rev: revs.at(-1), createdRev: revs[0], sender: 'me', clientMessageId: `client ${id}`, text: `text ${id}`, deleted: false, reactions: [], ...more,
  });
  const conversation = { id: 'x', messages: [message('a', 1, [1]), message('b', 2, [2, 4]), message('c', 3, [3], { sender: 'other' })] };
  change(conversation.messages, conversation);
  return conversation;
};

const live = (rev, id, kind = 'created', session = 1) => ({ via: 'live', session, rev, id, kind });
const paged = (rev, id, session = 1) => ({ via: 'sync', session, rev, id, kind: 'current' });
const ack = (rev, id, session = 1) => ({ via: 'ack', session, rev, id, kind: 'created' });
const all = () => [live(1, 'a'), live(2, 'b'), live(3, 'c'), live(4, 'b', 'updated')];
const record = (entries, catchUps = [], isJoined = true) => ({ entries, catchUps, isJoined, known: Math.max(0, ...entries.map(({ rev }) => rev)) });

const seen = (entries, { catchUps, isJoined, ...options } = {}) => faultsOfRecord(record(entries, catchUps, isJoined), stored(), { me: 'me', name: 'n', ...options });
const without = (index, entries = all()) => entries.toSpliced(index, 1);

/** Asserts that there are faults, and that all are of this kind. */
function only(faults, kind) {
  assert.notEqual(faults.length, 0, `no fault was found, instead of: ${kind}`);
  for (const fault of faults) assert.match(fault, new RegExp(kind));
}

describe('what a client has seen', () => {
  test('is right where every change came once, in order', () => assert.deepEqual(seen(all()), []));
  test('lost: the last, one in the middle, a message that nobody changed later', () => {
    only(seen(without(3)), 'lost: rev 4');
    only(seen(without(2)), 'lost: rev 3');
    only(seen(without(0)), 'lost: rev 1');
    only(seen([]), 'lost');
  });
  test('doubled: in one session, and after a reconnect', () => {
    only(seen([...all(), live(4, 'b', 'updated')]), 'doubled: rev 4');
    only(seen([...all(), live(3, 'c', 'created', 2)]), 'doubled');
    only(seen([...all(), live(4, 'b', 'updated', 2)]), 'doubled: rev 4');
  });
  test('doubled: one message new at two places', () => only(seen([live(1, 'a'), live(2, 'b'), live(3, 'c'), live(4, 'b')]), 'doubled: b was new'));
  test('out of order', () => {
    only(seen([live(1, 'a'), live(3, 'c'), live(2, 'b'), live(4, 'b', 'updated')]), 'out of order: rev 2');
    only(seen([live(1, 'a'), live(3, 'c'), live(2, 'b', 'created', 2), live(4, 'b', 'updated', 2)]), 'out of order: rev 2');
  });
  test('phantom: of another message, of nothing, beyond the end', () => {
    only(seen([live(1, 'z'), ...without(0)]).filter((fault) => !fault.includes('lost')), 'phantom: rev 1');
    only(seen([...all(), live(5, 'd')]), 'phantom');
  });
  test('changed before it was new', () => only(seen([live(1, 'a'), live(3, 'c'), live(4, 'b', 'updated')], { lossy: true }), 'before it was new'));

  const back = [live(1, 'a'), live(3, 'c', 'created', 2), live(4, 'b', 'created', 2)];
  test('a message that changed while one was away comes once', () => assert.deepEqual(seen(back, { catchUps: [{ afterRev: 1, rev: 4 }] }), []));
  test('and a join that caught up less far does not excuse it', () => only(seen(back, { catchUps: [{ afterRev: 2, rev: 4 }] }), 'skipped: rev 2'));
  test('nor may a joined client skip it, unless events were lost', () => {
    only(seen(back), 'skipped: rev 2');
    assert.deepEqual(seen(back, { lossy: true }), []);
  });
  test('paging counts as seeing', () => assert.deepEqual(seen([live(1, 'a'), paged(3, 'c'), paged(4, 'b')], { catchUps: [{ afterRev: 1, rev: 4 }] }), []));

  describe('where there is no join', () => {
    const direct = { isJoined: false };
    test('one\'s own messages come by the ack, at any place', () => {
      assert.deepEqual(seen([ack(2, 'b'), ack(1, 'a'), live(3, 'c'), live(4, 'b', 'updated')], direct), []);
      assert.deepEqual(seen([live(3, 'c'), ack(1, 'a'), ack(2, 'b'), live(4, 'b', 'updated')], direct), []);
    });
    test('and may come once more by an event or a page', () => assert.deepEqual(seen([ack(1, 'a'), live(1, 'a'), ack(2, 'b'), live(3, 'c'), live(4, 'b', 'updated')], direct), []));
    test('but not those of others', () => only(seen([ack(1, 'a'), ack(2, 'b'), live(3, 'c'), live(3, 'c'), live(4, 'b', 'updated')], direct), 'doubled'));
    test('what was held during paging and dropped is no double, but its order counts', () => {
      const held = (rev, id) => ({ ...live(rev, id), dropped: true });
      assert.deepEqual(seen([ack(1, 'a'), ack(2, 'b'), paged(3, 'c'), held(3, 'c'), live(4, 'b', 'updated')], direct), []);
      only(seen([ack(1, 'a'), ack(2, 'b'), paged(3, 'c'), held(3, 'c'), held(3, 'c'), live(4, 'b', 'updated')], direct), 'doubled: rev 3');
    });
    test('lost', () => only(seen([ack(1, 'a'), ack(2, 'b'), live(4, 'b', 'updated')], direct), 'lost: rev 3'));
  });
});

describe('what is stored', () => {
  const faults = (change) => faultsOfConversation(stored(change));
  test('is right', () => assert.deepEqual(faults(), []));
  test('a hole in seq, and in rev', () => {
    only(faults((messages) => { messages[2].seq = 4; }), 'hole: place 3');
    only(faults((messages) => { messages[1].revs = [2, 5]; messages[1].rev = 5; }), 'hole: nothing has rev 4');
    only(faults((messages) => { messages.shift(); }), 'hole');
  });
  test('doubled: a seq, a rev, an id, a clientMessageId', () => {
    only(faults((messages) => { messages[2].seq = 2; }), 'hole: place 3 of seq has 2');
    only(faults((messages) => { messages[2].revs = [2, 3]; }), 'doubled: rev 2');
    only(faults((messages) => { messages[2].id = 'a'; }), 'doubled: a is stored twice');
    only(faults((messages) => { messages[1].clientMessageId = 'client a'; }), 'doubled: me client a');
  });
});

describe('what was acknowledged', () => {
  const sends = () => [['a', 1, 1], ['b', 2, 2]].map(([id, seq, rev], index) => ({
    what: 'send', conversationId: 'x', by: 'me', at: index, number: index, id, seq, rev, clientMessageId: `client ${id}`, text: `text ${id}`,
  }));
  const faults = (acks, change, abandoned) => faultsOfAcks(acks, [stored(change)], abandoned);
  test('is stored', () => assert.deepEqual(faults(sends()), []));
  test('lost', () => only(faults(sends(), (messages) => { messages.shift(); }), 'of a .*lost'));
  test('at another place than was said', () => {
    only(faults([{ ...sends()[0], seq: 7 }]), 'seq 7 was acknowledged');
    only(faults([{ ...sends()[0], rev: 7 }]), 'lost: rev 7');
    only(faults([{ ...sends()[0], clientMessageId: 'client z' }]), 'another message answers for client z');
  });
  test('out of the order in which one client sent', () => only(faults(sends().map((each, index) => ({ ...each, number: -index })).reverse()
    .map((each, index) => ({ ...each, at: index }))), 'out of order'));
  test('an edit, a deletion and a reaction that were lost', () => {
    const change = (what, more) => [{ what, conversationId: 'x', by: 'me', at: 9, id: 'b', rev: 4, ...more }];
    only(faults([...sends(), ...change('edit', { text: 'newer' })]), 'lost: its text');
    assert.deepEqual(faults([...sends(), ...change('edit', { text: 'newer' })], undefined, new Set(['b'])), []);
    assert.deepEqual(faults([...sends(), ...change('edit', { text: 'newer' })], (messages) => { messages[1].text = 'newer'; }), []);
    only(faults(change('remove')), 'lost: it is not deleted');
    only(faults(change('react', { emoji: '!' })), 'lost: !');
    assert.deepEqual(faults(change('react', { emoji: '!' }), (messages) => { messages[1].reactions = [{ emoji: '!', users: ['me'] }]; }), []);
  });
});

test('who is online: the last word of this session counts', () => {
  const told = (user, online, session = 2) => ({ user, online, session });
  const faults = (...notices) => faultsOfNotices({ notices, session: 2, name: 'n' }, new Set(['here']));
  assert.deepEqual(faults(told('here', false), told('here', true), told('gone', true), told('gone', false)), []);
  assert.deepEqual(faults(told('gone', true, 1)), []);
  only(faults(told('gone', false), told('gone', true)), 'gone is online');
  only(faults(told('here', true), told('here', false)), 'here is offline');
});
