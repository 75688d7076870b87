// Conversations: one a pair, lists, and what participants are told (contract, sections 3 and 7).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { directId, groupId, pair, people, say, strangeId } from './harness/people.mjs';
import { CONVERSATION_KEYS, TIME, byId, keys } from './harness/shapes.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();
const about = (id) => ({ conversation }) => conversation._id === id;

describe('direct conversations', () => {
  test('201 when made, 200 when found, from either side', async () => {
    const [a, b] = await people(server, 2);
    const made = ok(await a.post('/api/conversations', { type: 'direct', participantId: b.id }), 201);
    assert.deepEqual(keys(made), CONVERSATION_KEYS);
    assert.deepEqual([made.type, made.name, made.admin], ['direct', null, null]);
    const found = ok(await b.post('/api/conversations', { type: 'direct', participantId: a.id }), 200);
    assert.equal(found._id, made._id);
  });

  test('of 20 requests at once one is made, from both sides', async () => {
    const [a, b] = await people(server, 2);
    const answers = await times(20, (index) => {
      const [from, to] = index % 2 ? [a, b] : [b, a];
      return from.post('/api/conversations', { type: 'direct', participantId: to.id });
    });
    assert.equal(new Set(answers.map((each) => ok(each)._id)).size, 1);
    assert.equal(answers.filter((each) => each.status === 201).length, 1);
    for (const user of [a, b]) assert.equal(ok(await user.get('/api/conversations')).items.length, 1);
  });

  test('never with oneself or with nobody', async () => {
    const [a] = await people(server, 1);
    refused(await a.post('/api/conversations', { type: 'direct', participantId: a.id }), 400, 'VALIDATION', 'Cannot create a conversation with yourself');
    for (const participantId of [strangeId(), 'no id', '*']) {
      refused(await a.post('/api/conversations', { type: 'direct', participantId }), 404, 'NOT_FOUND', 'User not found');
    }
    for (const participantId of [undefined, null, 5, [], { $ne: null }]) {
      refused(await a.post('/api/conversations', { type: 'direct', participantId }), 400, 'VALIDATION');
    }
    for (const body of [{}, { type: null }, { type: 'x' }, [], 'text', 5, null]) refused(await a.post('/api/conversations', JSON.stringify(body)), 400, 'VALIDATION');
  });

  test('conversation:new goes to both, once', async () => {
    const [a, b] = await people(server, 2);
    const sockets = [await a.connect(), await b.connect()];
    const id = await directId(a, b);
    await directId(b, a);
    const marker = await groupId([a, b]);
    for (const socket of sockets) {
      const { conversation } = await socket.next('conversation:new', about(marker));
      assert.deepEqual(keys(conversation), CONVERSATION_KEYS);
      assert.equal(socket.seen('conversation:new', about(id)).length, 1);
    }
  });
});

describe('a conversation in lists', () => {
  test('has its last message, its end, and what is unread', async () => {
    const { a, b, id, sa } = await pair(server);
    const { message } = await say(sa, id, 'latest');
    await until(async () => ok(await b.get(`/api/conversations/${id}`)).lastMessage !== null);
    const conversation = ok(await b.get(`/api/conversations/${id}`), 200);
    assert.deepEqual(keys(conversation), CONVERSATION_KEYS);
    assert.deepEqual(keys(conversation.lastMessage), ['content', 'messageType', 'sender', 'timestamp']);
    assert.equal(conversation.lastMessage.content, 'latest');
    assert.equal(conversation.lastMessage.timestamp, message.createdAt);
    assert.equal(conversation.lastMessage.messageType, 'text');
    assert.ok(JSON.stringify(conversation.lastMessage.sender).includes(a.id));
    assert.deepEqual([conversation.lastSeq, conversation.rev, conversation.unreadCount], [1, 1, 1]);
    assert.match(conversation.updatedAt, TIME);
    assert.equal(ok(await a.get(`/api/conversations/${id}`)).unreadCount, 0);
  });

  test('most recently active first, in pages', async () => {
    const [me, ...others] = await people(server, 6);
    const ids = [];
    for (const other of others) ids.push(await directId(me, other));
    const socket = await me.connect();
    for (const index of [3, 0, 2, 4, 1]) await say(socket, ids[index], 'x');
    const expected = [1, 4, 2, 0, 3].map((index) => ids[index]);
    await until(async () => ok(await me.get('/api/conversations')).items.map(({ _id }) => _id).join() === expected.join(), 'the order');
    const seen = [];
    let cursor = null;
    do {
      const { items, nextCursor } = ok(await me.get(`/api/conversations?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`));
      assert.ok(items.length <= 2);
      seen.push(...items.map(({ _id }) => _id));
      cursor = nextCursor;
    } while (cursor);
    assert.deepEqual(seen, expected);
  });

  test('is nobody else\'s', async () => {
    const { id } = await pair(server);
    const [stranger] = await people(server, 1);
    assert.deepEqual(ok(await stranger.get('/api/conversations')).items, []);
    for (const [method, path, body] of [['GET', ''], ['GET', '/messages'], ['GET', '/receipts'], ['POST', '/messages', { text: 'x' }], ['POST', '/read', { messageIds: [] }],
      ['PATCH', '', { name: 'x' }], ['DELETE', ''], ['POST', '/participants', { participantIds: [stranger.id] }], ['PUT', `/participants/${stranger.id}/role`, { role: 'admin' }],
      ['DELETE', `/participants/${stranger.id}`]]) {
      const answer = await stranger.call(method, `/api/conversations/${id}${path}`, body);
      assert.ok([403, 404].includes(answer.status), `${method} ${path}: ${answer.status}`);
      const unknown = await stranger.call(method, `/api/conversations/${strangeId()}${path}`, body);
      assert.equal(unknown.status, 404, `${method} ${path}: ${unknown.bytes}`);
      refused(unknown, 404, 'NOT_FOUND', 'Conversation not found');
    }
  });

  test('direct ones are not renamed', async () => {
    const { a, id } = await pair(server);
    const answer = await a.patch(`/api/conversations/${id}`, { name: 'x' });
    assert.ok([400, 403].includes(answer.status), String(answer.bytes));
  });
});

describe('conversation:updated for a new message', () => {
  test('goes to sockets that have not joined, with exactly the contract\'s fields', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const outside = await b.connect();
    const { message } = await say(sa, id, 'news');
    const { conversation } = await outside.next('conversation:updated', about(id));
    assert.deepEqual(keys(conversation), ['_id', 'lastMessage', 'lastSeq', 'rev', 'unreadCount', 'updatedAt']);
    assert.deepEqual([conversation.lastSeq, conversation.rev, conversation.unreadCount], [1, 1, 1]);
    assert.equal(conversation.lastMessage.content, 'news');
    assert.equal(conversation.lastMessage.timestamp, message.createdAt);
    await outside.must('join:conversation', { conversationId: id });
    const marker = await say(sa, id, 'marker');
    await outside.next('new:message', byId(marker.messageId));
    const later = await groupId([a, b]);
    for (const socket of [sb, outside]) await socket.next('conversation:new', about(later));
    sb.none('conversation:updated', about(id));
    assert.equal(outside.seen('conversation:updated', about(id)).length, 1);
  });

  test('at most once a second, the last state always', async () => {
    const { b, id, sa } = await pair(server);
    const outside = await b.connect();
    const start = Date.now();
    for (let index = 0; index < 60; index += 1) await say(sa, id, String(index));
    await outside.next('conversation:updated', ({ conversation }) => conversation.lastSeq === 60);
    const elapsed = (Date.now() - start) / 1000;
    const told = outside.seen('conversation:updated', about(id));
    assert.ok(told.length <= elapsed + 2, `${told.length} in ${elapsed} s`);
    assert.equal(told.at(-1).conversation.unreadCount, 60);
    const seqs = told.map(({ conversation }) => conversation.lastSeq);
    assert.deepEqual(seqs, [...seqs].sort((x, y) => x - y));
  });

  test('not in groups of over 100', async () => {
    const members = await people(server, 101);
    const [big, small] = [await groupId(members), await groupId(members.slice(0, 100))];
    const [socket, outside] = [await members[0].connect(), await members[1].connect()];
    await say(socket, big, 'unheard');
    await say(socket, small, 'heard');
    await outside.next('conversation:updated', about(small));
    outside.none('conversation:updated', about(big));
    assert.equal(ok(await members[1].get(`/api/conversations/${big}`)).unreadCount, 1);
  });
});
