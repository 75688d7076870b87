// One order for everybody (contract, section 6).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { crowd, groupId, pair, say, strangeId } from './harness/people.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();
const range = (count) => Array.from({ length: count }, (_, index) => index);
const news = (socket) => socket.seen('new:message').map(({ message }) => message);

test('a burst of 300 from one socket is stored and delivered in the order sent', async () => {
  const { id, sa, sb } = await pair(server);
  const acks = await times(300, (index) => say(sa, id, String(index)));
  assert.deepEqual(acks.map((ack) => ack.seq), range(300).map((index) => index + 1));
  for (const socket of [sa, sb]) {
    await until(() => news(socket).length === 300, '300 messages', 20_000);
    assert.deepEqual(news(socket).map(({ text }) => Number(text)), range(300));
    assert.deepEqual(news(socket).map(({ rev }) => rev), range(300).map((index) => index + 1));
  }
});

test('of a burst, what may not be sent is refused alone, and what may keeps its order, as the answers do', async () => {
  const { a, b, id, sa, sb } = await pair(server);
  const group = await groupId([a, b]);
  const [answered, rounds] = [[], 20];
  const acks = await times(rounds * 6, async (index) => {
    const ack = await sa.emit('send:message', [
      { conversationId: id, text: String(index), clientMessageId: `name ${index}` },
      { conversationId: id, text: ' ' },
      { conversationId: id, text: 'of the same name', clientMessageId: `name ${index - 2}` },
      { conversationId: id, text: String(index) },
      { conversationId: group, text: String(index) },
      { conversationId: id, text: 'answers nothing', replyTo: strangeId() },
    ][index % 6]);
    answered.push(index);
    return ack;
  });
  assert.deepEqual(answered, range(rounds * 6));
  for (const round of range(rounds)) {
    const [first, empty, again, second, elsewhere, nothing] = acks.slice(round * 6);
    assert.deepEqual([first.seq, again.seq, second.seq, elsewhere.seq], [2 * round + 1, 2 * round + 1, 2 * round + 2, round + 1]);
    assert.equal(again.messageId, first.messageId);
    assert.deepEqual([empty, nothing].map(({ success, code }) => [success, code]), [[false, 'VALIDATION'], [false, 'NOT_FOUND']]);
  }
  await until(() => news(sb).length === rounds * 2, 'all of them');
  assert.deepEqual(news(sb).map(({ text }) => Number(text)), range(rounds * 6).filter((index) => [0, 3].includes(index % 6)));
});

test('a burst of the longest messages there may be is stored and delivered in order, and answered with all of it', async () => {
  const { id, sa, sb } = await pair(server);
  const text = (index) => String.fromCodePoint(0x1f600 + index).repeat(10_000);
  const first = await say(sa, id, text(0));
  const acks = await times(12, (index) => sa.must('send:message', { conversationId: id, text: text(index + 1), replyTo: first.messageId }));
  assert.deepEqual(acks.map(({ seq }) => seq), range(12).map((index) => index + 2));
  await until(() => news(sb).length === 13, 'all of them');
  assert.ok(news(sb).every((message, index) => message.text === text(index)), 'in order, and whole');
  assert.ok(news(sb).slice(1).every(({ replyTo }) => replyTo._id === first.messageId));
});

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  test(`what is sent before and right after connect arrives, in order (${transports})`, async () => {
    const { a, id, sb } = await pair(server);
    const client = new Client(server.url(), { transports, auth: { token: a.token } });
    const send = (index) => client.tell('send:message', { conversationId: id, text: String(index) });
    client.socket.on('connect', () => { for (let index = 10; index < 20; index += 1) send(index); });
    for (let index = 0; index < 10; index += 1) send(index);
    await client.connected();
    for (let index = 20; index < 60; index += 1) send(index);
    await until(() => news(sb).length === 60, '60 messages');
    const texts = news(sb).map(({ text }) => Number(text));
    // The client itself sends what it buffered before or after it calls "connect" handlers.
    const [first, second] = [texts.filter((each) => each < 10), texts.filter((each) => each >= 10 && each < 20)];
    assert.deepEqual([...first, ...second, ...texts.slice(20)], range(60));
    assert.ok(texts.slice(0, 20).every((each) => each < 20));
  });
}

test('several writers: seq and rev without holes, the same order for all, own order kept', async () => {
  const { members, id, sockets } = await crowd(server, 4);
  const acks = (await times(4, (who) => times(40, (index) => say(sockets[who], id, `${who}:${index}`)))).flat();
  assert.deepEqual(acks.map((ack) => ack.seq).sort((x, y) => x - y), range(160).map((index) => index + 1));
  await Promise.all(sockets.map((socket) => until(() => news(socket).length === 160, '160 messages')));
  const [first, ...rest] = sockets.map(news);
  assert.deepEqual(first.map(({ rev }) => rev), range(160).map((index) => index + 1));
  for (const other of rest) assert.deepEqual(other.map(({ _id }) => _id), first.map(({ _id }) => _id));
  for (const who of range(4)) {
    const own = first.filter(({ text }) => text.startsWith(`${who}:`)).map(({ text }) => Number(text.split(':')[1]));
    assert.deepEqual(own, range(40));
  }
  const { items } = ok(await members[0].get(`/api/conversations/${id}/messages?after=0&limit=100`));
  assert.deepEqual(items.map(({ _id }) => _id), first.slice(0, 100).map(({ _id }) => _id));
});

test('changes of every kind take the next rev, and arrive in its order', async () => {
  const { id, sa, sb } = await pair(server);
  const sent = await times(20, (index) => say(sa, id, String(index)));
  await Promise.all(sent.map(({ messageId }, index) => [
    () => sa.must('message:edit', { messageId, text: `edited ${index}` }),
    () => sb.must('message:react', { messageId, emoji: '👍' }),
    () => sa.must('message:delete', { messageId }),
    () => say(sb, id, `more ${index}`),
  ][index % 4]()));
  const revs = () => sb.log.filter(({ event }) => ['new:message', 'message:updated', 'message:deleted'].includes(event))
    .map(({ payload }) => payload.message?.rev ?? payload.rev);
  await until(() => revs().length === 40, '40 changes');
  assert.deepEqual(revs(), range(40).map((index) => index + 1));
});

test('events of one socket are carried out in order, whatever they are', async () => {
  const { id, sa, sb } = await pair(server);
  sa.tell('leave:conversation', { conversationId: id });
  sa.tell('typing:start', { conversationId: id });
  sa.tell('join:conversation', { conversationId: id });
  sa.tell('typing:start', { conversationId: id });
  const ack = await say(sa, id, 'end');
  await sb.next('typing:start');
  const errors = sa.seen('error');
  assert.deepEqual(errors, [{ message: 'Not authorized', code: 'FORBIDDEN', event: 'typing:start' }]);
  assert.equal(ack.seq, 1);
});
