// Blocks, both ways, everywhere they apply (contract, sections 3 and 7).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { directId, groupId, pair, people, say, strangeId } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
const block = async (who, whom) => ok(await who.put(`/api/users/${whom.id}/block`));
const unblock = async (who, whom) => ok(await who.delete(`/api/users/${whom.id}/block`));
/** Waits until a block is known, or is no more, to who sends: by a message that has no text, and is refused in any case. */
const known = (socket, conversationId, isBlocked) => until(async () => {
  const { code } = await socket.emit('send:message', { conversationId, text: '' });
  return (code === 'BLOCKED') === isBlocked;
}, 'the block, or its end');
const blocked = async (who) => ok(await who.get('/api/users/blocked')).items.map(({ _id }) => _id);

test('blocking, listing, unblocking; each may be repeated', async () => {
  const [a, b, c] = await people(server, 3);
  await block(a, b);
  await block(a, b);
  await block(a, c);
  assert.deepEqual((await blocked(a)).sort(), [b.id, c.id].sort());
  assert.deepEqual(await blocked(b), []);
  await unblock(a, b);
  await unblock(a, b);
  assert.deepEqual(await blocked(a), [c.id]);
});

test('nobody blocks oneself or nobody', async () => {
  const [a] = await people(server, 1);
  refused(await a.put(`/api/users/${a.id}/block`), 400, 'VALIDATION');
  for (const id of [strangeId(), 'no-id', '*']) refused(await a.put(`/api/users/${id}/block`), 404, 'NOT_FOUND', 'User not found');
});

describe('across a block', () => {
  test('sending is refused to both, each with their text, and works again after it', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    await block(a, b);
    for (const socket of [sa, sb]) await known(socket, id, true);
    await sa.refused('send:message', { conversationId: id, text: 'x' }, 'BLOCKED', 'You cannot send messages to a blocked user');
    await sb.refused('send:message', { conversationId: id, text: 'x' }, 'BLOCKED', 'Action not available');
    refused(await a.post(`/api/conversations/${id}/messages`, { text: 'x' }), 403, 'BLOCKED', 'You cannot send messages to a blocked user');
    refused(await b.post(`/api/conversations/${id}/messages`, { text: 'x' }), 403, 'BLOCKED', 'Action not available');
    await unblock(a, b);
    for (const socket of [sa, sb]) await known(socket, id, false);
    assert.equal((await say(sa, id, 'again')).seq, 1);
    assert.equal((await say(sb, id, 'again')).seq, 2);
  });

  test('presence is hidden, both ways', async () => {
    const { a, b, sa, sb } = await pair(server);
    await block(a, b);
    for (const [user, socket, other] of [[a, sa, b], [b, sb, a]]) {
      await until(async () => (await socket.must('presence:get', { userIds: [other.id] })).users[0].status === 'offline', 'presence to be hidden');
      const { users } = await socket.must('presence:get', { userIds: [other.id] });
      assert.deepEqual(users, [{ userId: other.id, status: 'offline', lastSeen: null }]);
      assert.deepEqual(ok(await user.get(`/api/presence?userIds=${other.id}`)).users, users);
      const profile = ok(await user.get(`/api/users/${other.id}`));
      assert.deepEqual([profile.isOnline, profile.lastSeen], [false, null]);
    }
    await unblock(a, b);
    await until(async () => (await sb.must('presence:get', { userIds: [a.id] })).users[0].status === 'online', 'presence to be shown');
  });

  test('coming and going is told to neither', async () => {
    const [a, b, marker] = await people(server, 3);
    await directId(a, b);
    await directId(b, marker);
    await directId(a, marker);
    await block(a, b);
    const sb = await b.connect();
    const sa = await a.connect();
    const sm = await marker.connect();
    for (const socket of [sa, sb]) await socket.next('user:online', ({ userId }) => userId === marker.id);
    sb.none('user:online', ({ userId }) => userId === a.id);
    sa.close();
    sm.close();
    await sb.next('user:offline', ({ userId }) => userId === marker.id, 20_000);
    sb.none('user:offline', ({ userId }) => userId === a.id);
    const back = await a.connect();
    back.none('user:offline', ({ userId }) => userId === b.id);
  });

  test('typing is not shown, and is again after it', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    await block(a, b);
    await until(async () => {
      const from = sb.mark();
      await sa.must('typing:start', { conversationId: id });
      await sb.must('presence:get', { userIds: [] });
      return sb.seen('typing:start', undefined, from).length === 0;
    }, 'typing to be hidden');
    await unblock(a, b);
    await until(async () => {
      await sa.must('typing:start', { conversationId: id });
      return sb.seen('typing:start', ({ userId }) => userId === a.id).length > 0;
    }, 'typing to be shown');
  });

  test('in a group both may write, and both read it', async () => {
    const members = await people(server, 3);
    const id = await groupId(members);
    const [a, b] = members;
    const [sa, sb] = [await a.join(id), await b.join(id)];
    await block(a, b);
    const one = await say(sa, id, 'to all');
    const two = await say(sb, id, 'to all');
    await sb.next('new:message', byId(one.messageId));
    await sa.next('new:message', byId(two.messageId));
  });

  test('history stays readable', async () => {
    const { a, b, id, sa } = await pair(server);
    const { messageId } = await say(sa, id, 'before the block');
    await block(a, b);
    for (const user of [a, b]) {
      assert.equal(ok(await user.get(`/api/conversations/${id}/messages`)).items[0]._id, messageId);
      ok(await user.get(`/api/conversations/${id}`));
    }
  });
});
