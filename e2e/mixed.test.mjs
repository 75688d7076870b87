// Both dialects in the same conversations: one client of each, and one user with a device in each (contract, section 1).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { directId, groupId, people, say } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { refusedByAck, snake, speaksOnly, visit, write, writeGroup } from './harness/snake.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();

/** Changes of the timeline that a socket heard of: [what, message id, rev]. */
const WHAT = {
  'new:message': 'new', 'message:updated': 'updated', 'message:deleted': 'deleted',
  new_message: 'new', new_group_message: 'new', message_updated: 'updated', message_deleted: 'deleted',
};
const changes = (socket) => socket.log.filter(({ event }) => WHAT[event])
  .map(({ event, payload }) => [WHAT[event], payload.message?._id ?? payload.messageId, payload.message?.rev ?? payload.rev]);

test('a direct conversation: everyone hears everything once, in order, in their own words', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const [aColon, bColon] = [await a.join(id), await b.join(id)];
  const [aSnake, bSnake] = [await snake(a), await snake(b)];
  const unjoined = await b.connect();

  const one = await write(aSnake, b, 'from snake');
  assert.equal(one.conversationId, id);
  const two = await say(bColon, id, 'from colon', { replyTo: one._id });
  await bSnake.must('edit_message', { messageId: two.messageId, content: 'edited by snake' });
  await aColon.must('message:react', { messageId: two.messageId, emoji: '👍' });
  await bColon.must('message:delete', { messageId: two.messageId });
  const three = ok(await a.post(`/api/conversations/${id}/messages`, { text: 'by HTTP' }), 201);

  const all = [['new', one._id, 1], ['new', two.messageId, 2], ['updated', two.messageId, 3], ['updated', two.messageId, 4],
    ['deleted', two.messageId, 5], ['new', three._id, 6]];
  for (const [socket, heard] of [[aColon, all], [bColon, all], [bSnake, all], [aSnake, all.slice(1)]]) {
    await until(() => changes(socket).length >= heard.length, `${heard.length} changes`);
    assert.deepEqual(changes(socket), heard);
  }
  assert.equal(bColon.seen('new:message')[0].message.senderId.name, a.name);
  const seen = aSnake.seen('new_message', byId(two.messageId))[0].message;
  assert.deepEqual([seen.content, seen.sender.username, seen.replyTo.content], ['from colon', b.username, 'from snake']);
  assert.deepEqual(changes(unjoined), []);
  await unjoined.next('conversation:updated', ({ conversation }) => conversation.lastSeq === 3);
  for (const socket of [aColon, bColon, unjoined]) speaksOnly(socket, 'colon');
  for (const socket of [aSnake, bSnake]) speaksOnly(socket, 'snake');
});

test('receipts and typing cross over', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const [aColon, aSnake, bColon, bSnake] = [await a.join(id), await snake(a), await b.join(id), await snake(b)];
  const one = await write(aSnake, b, 'one');
  await aColon.next('message:delivered', ({ messageId }) => messageId === one._id);
  await aSnake.next('message_delivered', ({ messageId }) => messageId === one._id);
  await bColon.must('message:read', { conversationId: id, messageIds: [] });
  assert.deepEqual((await aColon.next('messages:read')).messageIds, [one._id]);
  assert.equal((await aSnake.next('message_read')).messageId, one._id);
  const two = await say(aColon, id, 'two');
  await bSnake.must('mark_as_read', { messageId: two.messageId });
  assert.deepEqual((await aColon.next('messages:read')).messageIds, [two.messageId]);
  assert.equal((await aSnake.next('message_read')).messageId, two.messageId);

  await bSnake.must('typing_start', { conversationId: id });
  assert.deepEqual(await aColon.next('typing:start'), { userId: b.id, conversationId: id });
  assert.deepEqual(await aSnake.next('user_typing'), { userId: b.id, username: b.username, conversationId: id });
  await bColon.must('typing:start', { conversationId: id });
  await bColon.must('typing:stop', { conversationId: id });
  await aColon.next('typing:stop');
  await aSnake.next('user_stopped_typing');

  const marker = await write(bSnake, a, 'marker');
  for (const socket of [aColon, bColon]) await socket.next('new:message', byId(marker._id));
  await aSnake.next('new_message', byId(marker._id));
  for (const [socket, event, count] of [[aColon, 'messages:read', 2], [aSnake, 'message_read', 2], [bSnake, 'message_read', 0],
    [aColon, 'typing:start', 2], [aSnake, 'user_typing', 2], [bSnake, 'user_typing', 0]]) {
    assert.equal(socket.seen(event).length, count, event);
  }
  for (const socket of [aColon, bColon]) speaksOnly(socket, 'colon');
  for (const socket of [aSnake, bSnake]) speaksOnly(socket, 'snake');
});

test('a group', async () => {
  const [a, b] = await people(server, 2);
  const id = await groupId([a, b]);
  const [aColon, bSnake, bColon] = [await a.join(id), await visit(b, id), await b.join(id)];
  const one = await writeGroup(bSnake, id, 'from snake');
  const two = await say(aColon, id, 'from colon');
  await aColon.must('message:edit', { messageId: two.messageId, text: 'edited' });
  for (const socket of [aColon, bSnake, bColon]) {
    await until(() => changes(socket).length >= 3, 'three changes');
    assert.deepEqual(changes(socket), [['new', one._id, 1], ['new', two.messageId, 2], ['updated', two.messageId, 3]]);
  }
  await bSnake.must('leave_group', id);
  await aColon.must('typing:start', { conversationId: id });
  await bColon.next('typing:start');
  bSnake.none('user_typing');
  for (const socket of [aColon, bColon]) speaksOnly(socket, 'colon');
  speaksOnly(bSnake, 'snake');
});

test('blocks hold across dialects', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const [aColon, bSnake] = [await a.join(id), await snake(b)];
  ok(await a.put(`/api/users/${b.id}/block`));
  await until(async () => (await bSnake.emit('send_direct_message', { recipientId: a.id, content: 'x' })).code === 'BLOCKED', 'the block');
  await refusedByAck(bSnake, 'send_direct_message', { recipientId: a.id, content: 'x' }, 'BLOCKED', 'Action not available');
  await aColon.refused('send:message', { conversationId: id, text: 'x' }, 'BLOCKED', 'You cannot send messages to a blocked user');
  await bSnake.must('typing_start', { conversationId: id });
  await aColon.must('presence:get', { userIds: [] });
  aColon.none('typing:start');
});

test('audio of one dialect is a file in the other, which may not send it', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const aColon = await a.join(id);
  await aColon.refused('send:message', { conversationId: id, messageType: 'audio' }, 'VALIDATION', 'Audio messages are not allowed');
  const bSnake = await snake(b);
  const file = { url: '/uploads/not-issued.mp3', filename: 'a.mp3', size: 7, mimetype: 'audio/mpeg', messageType: 'audio' };
  // Not refused for being audio, but for its URL.
  await refusedByAck(bSnake, 'send_direct_message', { recipientId: a.id, file }, 'VALIDATION', /^Invalid payload: file: url /);
});

describe('audio from where the configuration allows', () => {
  const PREFIX = 'https://cdn.example/chat/';
  const allowing = sharedServer({ env: { NATTER_GATEWAY__MEDIA_URL_PREFIXES: PREFIX } });

  test('is audio in the snake dialect, and a file in the colon dialect, wherever it is shown', async () => {
    const [a, b] = await people(allowing, 2);
    const id = await directId(a, b);
    const [aColon, bSnake, unjoined, aSnake] = [await a.join(id), await snake(b), await a.connect(), await snake(a)];
    const file = { url: `${PREFIX}a.mp3`, filename: 'a.mp3', size: 7, mimetype: 'audio/mpeg', messageType: 'audio' };
    const sent = (await bSnake.must('send_direct_message', { recipientId: a.id, file })).message;
    const { messageType: kind, ...shown } = file;
    assert.deepEqual([sent.messageType, sent.file], [kind, shown]);
    assert.deepEqual((await aSnake.next('new_message')).message.messageType, 'audio');
    const { message } = await aColon.next('new:message');
    assert.deepEqual([message.messageType, message.media], ['file', [{ url: file.url, type: 'file', filename: 'a.mp3', size: 7 }]]);
    const listed = await unjoined.next('conversation:updated', ({ conversation }) => conversation.lastSeq === 1);
    assert.equal(listed.conversation.lastMessage.messageType, 'file');
    for (const [dialect, type] of [['colon', 'file'], ['snake', 'audio']]) {
      const headers = { 'x-dialect': dialect };
      assert.equal(ok(await a.get(`/api/messages/${sent._id}`, { headers })).messageType, type);
      assert.equal(ok(await a.get('/api/conversations', { headers })).items[0].lastMessage.messageType, type);
    }
    const late = await b.connect();
    await late.must('join:conversation', { conversationId: id, afterRev: 0 });
    assert.equal((await late.next('new:message')).message.messageType, 'file');
    await late.refused('send:message', { conversationId: id, media: [{ url: file.url, type: 'audio' }] }, 'VALIDATION', 'Audio messages are not allowed');
    await aColon.refused('message:edit', { messageId: sent._id, text: 'x' }, 'FORBIDDEN', 'Not authorized');
    for (const socket of [aColon, unjoined, late]) speaksOnly(socket, 'colon');
    for (const socket of [aSnake, bSnake]) speaksOnly(socket, 'snake');
  });
});
