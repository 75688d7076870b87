// Delivered and read (contract, section 3).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { crowd, directId, groupId, pair, people, say, strangeId } from './harness/people.mjs';
import { TIME, byId, keys } from './harness/shapes.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();
const status = async (user, id) => ok(await user.get(`/api/messages/${id}`)).status;
const unread = async (user, id) => ok(await user.get(`/api/conversations/${id}`)).unreadCount;
const of = (messageId) => (payload) => payload.messageId === messageId;

describe('message:delivered', () => {
  test('at once where a recipient is online, joined or not, to all of the sender\'s sockets', async () => {
    const [a, b] = await people(server, 2);
    const id = await directId(a, b);
    const [sa, elsewhere] = [await a.join(id), await a.connect()];
    await b.connect();
    const { messageId } = await say(sa, id, 'hi');
    for (const socket of [sa, elsewhere]) assert.deepEqual(await socket.next('message:delivered'), { messageId, conversationId: id });
    await until(async () => await status(a, messageId) === 'delivered');
  });

  test('when the first recipient connects, for everything that waited; and only once', async () => {
    const [a, b, c] = await people(server, 3);
    const [direct, group] = [await directId(a, b), await groupId([a, b, c])];
    const sa = await a.join(direct);
    const sent = [await say(sa, direct, 'one'), await say(sa, direct, 'two'), await say(sa, group, 'three')];
    for (const ack of sent) {
      assert.equal(ack.status, 'sent');
      assert.equal(await status(a, ack.messageId), 'sent');
    }
    sa.none('message:delivered');
    await b.connect();
    for (const { messageId } of sent) await sa.next('message:delivered', of(messageId));
    for (const { messageId } of sent) await until(async () => await status(a, messageId) === 'delivered');
    await c.connect();
    await b.connect();
    const marker = await say(sa, group, 'marker');
    await sa.next('message:delivered', of(marker.messageId));
    assert.equal(sa.seen('message:delivered').length, 4);
  });

  test('is never told of one\'s own device, nor to others', async () => {
    const [a, b, c] = await people(server, 3);
    const id = await groupId([a, b, c]);
    const [sa, second] = [await a.join(id), await a.connect()];
    const { messageId } = await say(sa, id, 'nobody is here');
    second.close();
    await a.connect();
    assert.equal(await status(a, messageId), 'sent');
    sa.none('message:delivered');
    const sb = await b.join(id);
    await sa.next('message:delivered', of(messageId));
    const marker = await say(sb, id, 'marker');
    await sb.next('message:delivered', of(marker.messageId));
    sb.none('message:delivered', of(messageId));
  });
});

describe('message:read', () => {
  test('by id: the room and the sender\'s sockets are told, the status follows', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const outside = await a.connect();
    const [one, two] = [await say(sa, id, 'one'), await say(sa, id, 'two')];
    await sb.must('message:read', { conversationId: id, messageIds: [one.messageId] });
    for (const socket of [sa, sb, outside]) {
      const event = await socket.next('messages:read');
      assert.deepEqual(keys(event), ['conversationId', 'messageIds', 'readAt', 'readBy']);
      assert.deepEqual([event.conversationId, event.messageIds, event.readBy], [id, [one.messageId], b.id]);
      assert.match(event.readAt, TIME);
    }
    assert.equal(await status(a, one.messageId), 'read');
    assert.notEqual(await status(a, two.messageId), 'read');
    assert.equal(await unread(b, id), 1);
  });

  test('out of order: only what was named is read', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const sent = [];
    for (let index = 0; index < 5; index += 1) sent.push((await say(sa, id, String(index))).messageId);
    await sb.must('message:read', { conversationId: id, messageIds: [sent[3], sent[1]] });
    const event = await sa.next('messages:read');
    assert.deepEqual([...event.messageIds].sort(), [sent[1], sent[3]].sort());
    assert.deepEqual(await Promise.all(sent.map((each) => status(a, each))).then((all) => all.map((each) => each === 'read')), [false, true, false, true, false]);
    assert.equal(await unread(b, id), 3);
    await sb.must('message:read', { conversationId: id, messageIds: [sent[0], sent[2]] });
    assert.equal(await unread(b, id), 1);
    const [receipt] = ok(await a.get(`/api/conversations/${id}/receipts`)).filter(({ userId }) => userId === b.id);
    assert.equal(receipt.readSeq, 4);
  });

  test('all unread with [], and never one\'s own', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const [mine, theirs, more] = [await say(sb, id, 'mine'), await say(sa, id, 'theirs'), await say(sa, id, 'more')];
    await sb.must('message:read', { conversationId: id, messageIds: [] });
    const event = await sa.next('messages:read');
    assert.deepEqual(event.messageIds, [theirs.messageId, more.messageId]);
    assert.equal(await unread(b, id), 0);
    assert.notEqual(await status(b, mine.messageId), 'read');
    await sa.must('message:read', { conversationId: id, messageIds: [] });
    assert.deepEqual((await sa.next('messages:read')).messageIds, [mine.messageId]);
    assert.equal(await unread(a, id), 0);
  });

  test('a second reading tells nothing', async () => {
    const { id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'once');
    for (const messageIds of [[messageId], [messageId], []]) await sb.must('message:read', { conversationId: id, messageIds });
    const marker = await say(sa, id, 'marker');
    await sb.must('message:read', { conversationId: id, messageIds: [] });
    await sa.next('messages:read', ({ messageIds }) => messageIds.includes(marker.messageId));
    assert.deepEqual(sa.seen('messages:read').map(({ messageIds }) => messageIds), [[messageId], [marker.messageId]]);
  });

  test('at most 500 ids an event', async () => {
    const { id, sa, sb } = await pair(server);
    const sent = (await times(620, (index) => say(sa, id, String(index)))).map(({ messageId }) => messageId);
    await sb.must('message:read', { conversationId: id, messageIds: [] });
    const events = () => sa.seen('messages:read');
    await until(() => events().flatMap(({ messageIds }) => messageIds).length >= 620, '620 ids');
    assert.deepEqual(events().flatMap(({ messageIds }) => messageIds).sort(), sent.sort());
    for (const { messageIds } of events()) assert.ok(messageIds.length <= 500);
  });

  test('in a group each reader is told of, and the senders concerned', async () => {
    const { members: [a, b, c], id, sockets: [sa, sb, sc] } = await crowd(server, 3);
    const one = await say(sa, id, 'from a');
    const two = await say(sb, id, 'from b');
    await sc.must('message:read', { conversationId: id, messageIds: [] });
    for (const socket of [sa, sb, sc]) {
      await until(() => {
        const told = socket.seen('messages:read', ({ readBy }) => readBy === c.id).flatMap(({ messageIds }) => messageIds);
        return [one, two].every(({ messageId }) => told.includes(messageId));
      }, 'both ids');
    }
    await sb.must('message:read', { conversationId: id, messageIds: [one.messageId] });
    await sa.next('messages:read', ({ readBy }) => readBy === b.id);
    assert.equal(await status(a, one.messageId), 'read');
    assert.equal(await unread(a, id), 1);
  });

  test('over HTTP', async () => {
    const { b, id, sa } = await pair(server);
    const { messageId } = await say(sa, id, 'one');
    ok(await b.post(`/api/conversations/${id}/read`, { messageIds: [messageId] }));
    assert.deepEqual((await sa.next('messages:read')).messageIds, [messageId]);
    await say(sa, id, 'two');
    ok(await b.post(`/api/conversations/${id}/read`, { messageIds: [] }));
    assert.equal(await unread(b, id), 0);
  });

  test('is refused where it must be', async () => {
    const { id, sa } = await pair(server);
    const { a: stranger, sa: other } = await pair(server);
    await sa.refused('message:read', { conversationId: strangeId(), messageIds: [] }, 'NOT_FOUND', 'Conversation not found');
    await other.refused('message:read', { conversationId: id, messageIds: [] }, 'FORBIDDEN', 'Not authorized');
    assert.equal((await stranger.post(`/api/conversations/${id}/read`, { messageIds: [] })).status, 403);
    for (const messageIds of [undefined, null, 'all', {}, { $ne: null }, [5], [null]]) {
      await sa.refused('message:read', { conversationId: id, messageIds }, 'VALIDATION', /^Invalid payload: messageIds/);
    }
    refused(await stranger.post(`/api/conversations/${strangeId()}/read`, { messageIds: [] }), 404, 'NOT_FOUND');
  });

  test('ids of elsewhere change nothing', async () => {
    const { id, sa, sb } = await pair(server);
    const other = await pair(server);
    const foreign = await say(other.sa, other.id, 'elsewhere');
    await sb.emit('message:read', { conversationId: id, messageIds: [foreign.messageId, strangeId(), 'no id'] });
    assert.notEqual(await status(other.a, foreign.messageId), 'read');
    const { messageId } = await say(sa, id, 'marker');
    await sb.must('message:read', { conversationId: id, messageIds: [messageId] });
    await sa.next('messages:read', ({ messageIds }) => messageIds.includes(messageId));
    assert.equal(sa.seen('messages:read').length, 1);
  });
});

test('receipts: how far each participant has come', async () => {
  const { a, b, id, sa, sb } = await pair(server);
  for (let index = 0; index < 3; index += 1) await say(sa, id, String(index));
  await sa.next('message:delivered', () => sa.seen('message:delivered').length === 3);
  await sb.must('message:read', { conversationId: id, messageIds: [] });
  const receipts = ok(await a.get(`/api/conversations/${id}/receipts`), 200);
  assert.deepEqual(receipts.map(({ userId }) => userId).sort(), [a.id, b.id].sort());
  const theirs = receipts.find(({ userId }) => userId === b.id);
  assert.deepEqual(keys(theirs), ['deliveredSeq', 'readAt', 'readSeq', 'userId']);
  assert.deepEqual([theirs.deliveredSeq, theirs.readSeq], [3, 3]);
  assert.match(theirs.readAt, TIME);
  const [stranger] = await people(server, 1);
  assert.equal((await stranger.get(`/api/conversations/${id}/receipts`)).status, 403);
});

test('unread: others\' messages since, not one\'s own, not deleted ones', async () => {
  const { b, id, sa, sb } = await pair(server);
  const sent = [await say(sa, id, '1'), await say(sa, id, '2'), await say(sa, id, '3')];
  await say(sb, id, 'own');
  assert.equal(await unread(b, id), 3);
  await sa.must('message:delete', { messageId: sent[1].messageId });
  assert.equal(await unread(b, id), 2);
  await sb.must('message:read', { conversationId: id, messageIds: [sent[0].messageId] });
  assert.equal(await unread(b, id), 1);
  const listed = ok(await b.get('/api/conversations')).items.find(({ _id }) => _id === id);
  assert.equal(listed.unreadCount, 1);
  await sb.next('new:message', byId(sent[2].messageId));
});
