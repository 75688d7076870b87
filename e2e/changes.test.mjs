// Reacting, editing, deleting (contract, section 3).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { jpeg, upload } from './harness/media.mjs';
import { crowd, pair, people, say, strangeId } from './harness/people.mjs';
import { MESSAGE_KEYS, TIME, byId, keys } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();

describe('message:react', () => {
  test('adds one per user and emoji, removes, and tells the room', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'nice?');
    await sb.must('message:react', { messageId, emoji: '👍' });
    await sa.next('message:updated', ({ message }) => message.reactions.length === 1);
    await sb.must('message:react', { messageId, emoji: '👍' });
    await sa.must('message:react', { messageId, emoji: '👍' });
    await sa.must('message:react', { messageId, emoji: '🎉' });
    const { message } = await sb.next('message:updated', (each) => each.message.reactions.length === 2);
    assert.deepEqual(keys(message), MESSAGE_KEYS);
    assert.deepEqual(message.reactions, [{ emoji: '👍', userIds: [b.id, a.id] }, { emoji: '🎉', userIds: [a.id] }]);
    assert.equal(message.editedAt, null);
    await sb.must('message:react', { messageId, emoji: '👍', remove: true });
    await sa.next('message:updated', (each) => each.message.reactions[0]?.userIds.join() === a.id);
    const known = await say(sb, id, 'marker');
    assert.equal(known.seq, 2);
  });

  test('over HTTP', async () => {
    const { a, b, id, sa } = await pair(server);
    const { messageId } = await say(sa, id, 'nice?');
    const path = `/api/messages/${messageId}/reactions/${encodeURIComponent('❤️')}`;
    ok(await b.put(path));
    await sa.next('message:updated', ({ message }) => message.reactions[0]?.emoji === '❤️' && message.reactions[0].userIds[0] === b.id);
    ok(await b.delete(path));
    await sa.next('message:updated', ({ message }) => message.reactions.length === 0);
    assert.deepEqual(ok(await a.get(`/api/messages/${messageId}`)).reactions, []);
  });

  test('is refused outside one\'s conversations and for what is no emoji', async () => {
    const { id, sa } = await pair(server);
    const { sa: stranger } = await pair(server);
    const { messageId } = await say(sa, id, 'mine');
    await stranger.refused('message:react', { messageId, emoji: '👍' });
    await sa.refused('message:react', { messageId: strangeId(), emoji: '👍' }, 'NOT_FOUND', 'Message not found');
    for (const emoji of ['', undefined, null, 5, {}, 'x'.repeat(1000)]) await sa.refused('message:react', { messageId, emoji }, 'VALIDATION', /^Invalid payload: emoji: /);
    await sa.refused('message:react', { messageId, emoji: '👍', remove: 'yes' }, 'VALIDATION', /^Invalid payload: remove: /);
  });
});

describe('message:edit', () => {
  test('changes one\'s own text and tells the room', async () => {
    const { id, sa, sb } = await pair(server);
    const { messageId, message: before } = await say(sa, id, 'first');
    await sa.must('message:edit', { messageId, text: 'second' });
    for (const socket of [sa, sb]) {
      const { message } = await socket.next('message:updated');
      assert.deepEqual(keys(message), MESSAGE_KEYS);
      assert.deepEqual([message._id, message.text, message.seq, message.rev], [messageId, 'second', 1, 2]);
      assert.match(message.editedAt, TIME);
      assert.equal(message.createdAt, before.createdAt);
    }
  });

  test('over HTTP', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'first');
    ok(await a.patch(`/api/messages/${messageId}`, { text: 'second' }), 200);
    await sb.next('message:updated', ({ message }) => message.text === 'second');
    assert.equal((await b.patch(`/api/messages/${messageId}`, { text: 'third' })).status, 403);
    assert.equal(ok(await b.get(`/api/messages/${messageId}`)).text, 'second');
  });

  test('is refused for others\' messages, media, deleted ones and faulty texts', async () => {
    const { a, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'mine');
    await sb.refused('message:edit', { messageId, text: 'yours' }, 'FORBIDDEN', 'Not authorized');
    await sa.refused('message:edit', { messageId: strangeId(), text: 'x' }, 'NOT_FOUND', 'Message not found');
    for (const text of [undefined, null, 5, [], { $ne: null }]) await sa.refused('message:edit', { messageId, text }, 'VALIDATION', /^Invalid payload: text: /);
    await sa.refused('message:edit', { messageId, text: ' \n ' }, 'VALIDATION');
    await sa.refused('message:edit', { messageId, text: 'x'.repeat(10_001) }, 'VALIDATION');
    const image = await upload(a, jpeg, 'a.jpg');
    const sent = await sa.must('send:message', { conversationId: id, media: [{ url: image.url, type: 'image' }] });
    await sa.refused('message:edit', { messageId: sent.messageId, text: 'caption' });
    await sa.must('message:delete', { messageId });
    await sa.refused('message:edit', { messageId, text: 'again' });
  });
});

describe('message:delete', () => {
  test('tells the room and keeps the place in history', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'regretted');
    await sb.must('message:react', { messageId, emoji: '👍' });
    const reply = await say(sb, id, 'what?', { replyTo: messageId });
    await sa.must('message:delete', { messageId });
    for (const socket of [sa, sb]) {
      assert.deepEqual(await socket.next('message:deleted'), { messageId, conversationId: id, rev: 4 });
    }
    const { items } = ok(await b.get(`/api/conversations/${id}/messages`));
    const deleted = items.find((each) => each._id === messageId);
    assert.deepEqual([deleted.seq, deleted.text, deleted.media, deleted.deleted], [1, null, [], true]);
    const quoted = items.find((each) => each._id === reply.messageId);
    assert.ok(!JSON.stringify(quoted).includes('regretted'), 'a quote does not keep what was deleted');
    assert.ok(quoted.deleted === undefined || quoted.deleted === false);
    assert.ok(!JSON.stringify(ok(await a.get('/api/messages/search?q=regretted'))).includes(messageId));
  });

  test('over HTTP', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'regretted');
    assert.equal((await b.delete(`/api/messages/${messageId}`)).status, 403);
    ok(await a.delete(`/api/messages/${messageId}`));
    await sb.next('message:deleted', (payload) => payload.messageId === messageId);
  });

  test('is refused for others\' messages, but not to a group\'s admin', async () => {
    const { id, sockets: [admin, member, third] } = await crowd(server, 3);
    const { messageId } = await say(member, id, 'by a member');
    await third.refused('message:delete', { messageId }, 'FORBIDDEN', 'Not authorized');
    await admin.must('message:delete', { messageId });
    await third.next('message:deleted', (payload) => payload.messageId === messageId);
    const own = await say(admin, id, 'by the admin');
    await member.refused('message:delete', { messageId: own.messageId }, 'FORBIDDEN', 'Not authorized');
    await admin.refused('message:delete', { messageId: strangeId() }, 'NOT_FOUND', 'Message not found');
  });

  test('a second deletion changes nothing', async () => {
    const { a, id, sa } = await pair(server);
    const { messageId } = await say(sa, id, 'once');
    await sa.must('message:delete', { messageId });
    await sa.emit('message:delete', { messageId });
    await until(async () => ok(await a.get(`/api/conversations/${id}`)).rev === 2);
    const marker = await say(sa, id, 'marker');
    assert.equal(marker.rev, 3);
  });
});

test('messages of conversations that are not one\'s own can\'t be fetched', async () => {
  const { id, sa } = await pair(server);
  const { messageId } = await say(sa, id, 'secret');
  const [stranger] = await people(server, 1);
  assert.ok([403, 404].includes((await stranger.get(`/api/messages/${messageId}`)).status));
  assert.equal((await stranger.get(`/api/messages/${strangeId()}`)).status, 404);
  assert.ok([403, 404].includes((await stranger.put(`/api/messages/${messageId}/reactions/x`)).status));
});
