// Groups: members, admins, handing over, photos (contract, sections 3 and 7).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { form, png, videos } from './harness/media.mjs';
import { crowd, directId, groupId, people, say, strangeId } from './harness/people.mjs';
import { CONVERSATION_KEYS, byId, keys } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
const fetched = async (user, id) => ok(await user.get(`/api/conversations/${id}`), 200);
const roles = async (user, id) => Object.fromEntries((await fetched(user, id)).participants.map(({ _id, role }) => [_id, role]));
const leave = async (user, id, who = user) => user.delete(`/api/conversations/${id}/participants/${who.id}`);
const add = (user, id, ...whom) => user.post(`/api/conversations/${id}/participants`, { participantIds: whom.map((each) => each.id) });
const setRole = (user, id, whom, role) => user.put(`/api/conversations/${id}/participants/${whom.id}/role`, { role });
const create = (user, body) => user.post('/api/conversations', { type: 'group', name: 'A group', ...body });

describe('creating', () => {
  test('folds duplicates and oneself; the creator is its admin; all are told', async () => {
    const [a, b, c] = await people(server, 3);
    const sockets = await Promise.all([a, b, c].map((each) => each.connect()));
    const group = ok(await create(a, { name: 'Friends', participantIds: [b.id, c.id, b.id, a.id] }), 201);
    assert.deepEqual(keys(group), CONVERSATION_KEYS);
    assert.deepEqual([group.type, group.name, group.groupImage, group.lastMessage, group.lastSeq, group.rev, group.unreadCount], ['group', 'Friends', null, null, 0, 0, 0]);
    assert.deepEqual(group.participants.map(({ _id }) => _id).sort(), [a.id, b.id, c.id].sort());
    assert.deepEqual(keys(group.participants[0]), ['_id', 'name', 'profileImage', 'role', 'username']);
    assert.deepEqual(await roles(b, group._id), { [a.id]: 'admin', [b.id]: 'member', [c.id]: 'member' });
    for (const socket of sockets) {
      const { conversation } = await socket.next('conversation:new', ({ conversation: { _id } }) => _id === group._id);
      assert.deepEqual(keys(conversation), CONVERSATION_KEYS);
    }
  });

  test('is refused where it must be', async () => {
    const [a, b] = await people(server, 2);
    const faulty = [{ participantIds: [] }, { participantIds: [a.id] }, { participantIds: undefined }, { participantIds: null }, { participantIds: b.id }, { participantIds: [5] },
      { participantIds: [b.id], name: '' }, { participantIds: [b.id], name: '  ' }, { participantIds: [b.id], name: 5 }, { participantIds: [b.id], name: undefined },
      { participantIds: [b.id], name: { $ne: null } }, { participantIds: Array.from({ length: 1000 }, strangeId) }, { participantIds: [b.id], type: 'party' }, { participantIds: [b.id], type: 5 }];
    for (const body of faulty) {
      const answer = await create(a, body);
      assert.equal(answer.status, 400, `${JSON.stringify(body).slice(0, 100)}: ${answer.bytes}`);
      refused(answer, 400, 'VALIDATION');
    }
    refused(await create(a, { participantIds: [b.id, strangeId()] }), 404, 'NOT_FOUND', 'User not found');
    refused(await create(a, { participantIds: [b.id, 'no id'] }), 404, 'NOT_FOUND', 'User not found');
  });
});

describe('members', () => {
  test('an admin adds: the room and the one added are told', async () => {
    const { members: [a, b], id, sockets: [sa, sb] } = await crowd(server, 2);
    const [c] = await people(server, 1);
    const sc = await c.connect();
    await say(sa, id, 'before');
    ok(await add(a, id, c));
    for (const socket of [sa, sb]) {
      assert.deepEqual(await socket.next('group:member:joined'), { conversationId: id, userId: c.id, name: c.name, by: a.id });
      await socket.next('conversation:updated', ({ conversation }) => conversation.participants?.length === 3);
    }
    const { conversation } = await sc.next('conversation:new');
    assert.equal(conversation._id, id);
    await sc.must('join:conversation', { conversationId: id });
    const { messageId } = await say(sc, id, 'thanks');
    await sb.next('new:message', byId(messageId));
    ok(await add(a, id, c));
    assert.equal((await fetched(b, id)).participants.length, 3);
  });

  test('an admin takes out: they leave the room at once, and the group is closed to them', async () => {
    const { members: [a, b, c], id, sockets: [sa, sb, sc] } = await crowd(server, 3);
    ok(await leave(a, id, c));
    assert.deepEqual(await sb.next('group:member:left'), { conversationId: id, userId: c.id, name: c.name, by: a.id });
    assert.deepEqual(await sc.next('conversation:removed'), { conversationId: id });
    const { messageId } = await say(sa, id, 'without them');
    await sb.next('new:message', byId(messageId));
    await sc.refused('send:message', { conversationId: id, text: 'x' }, 'FORBIDDEN', 'Not authorized to send message');
    await sc.refused('join:conversation', { conversationId: id }, 'FORBIDDEN', 'Not authorized to join this conversation');
    await sc.refused('typing:start', { conversationId: id }, 'FORBIDDEN', 'Not authorized');
    sc.none('new:message', byId(messageId));
    for (const path of ['', '/messages', '/receipts']) assert.equal((await c.get(`/api/conversations/${id}${path}`)).status, 403);
    assert.equal(ok(await c.get('/api/conversations')).items.length, 0);
    assert.deepEqual(await roles(b, id), { [a.id]: 'admin', [b.id]: 'member' });
  });

  test('members neither add nor take out, but leave', async () => {
    const { members: [a, b, c], id, sockets: [sa, sb] } = await crowd(server, 3);
    const [d] = await people(server, 1);
    refused(await add(b, id, d), 403, 'FORBIDDEN');
    refused(await leave(b, id, c), 403, 'FORBIDDEN');
    refused(await add(d, id, d), 403, 'FORBIDDEN');
    ok(await leave(b, id));
    assert.deepEqual(await sa.next('group:member:left'), { conversationId: id, userId: b.id, name: b.name, by: b.id });
    assert.deepEqual(await sb.next('conversation:removed'), { conversationId: id });
    assert.deepEqual(Object.keys(await roles(a, id)).sort(), [a.id, c.id].sort());
  });

  test('the last admin leaving hands over to the longest-standing member', async () => {
    const [a, b, c] = await people(server, 3);
    const id = await groupId([a, c]);
    ok(await add(a, id, b));
    const sc = await c.connect();
    ok(await leave(a, id));
    await sc.next('conversation:updated', ({ conversation }) => conversation.participants?.some((each) => each._id === c.id && each.role === 'admin'));
    assert.deepEqual(await roles(b, id), { [c.id]: 'admin', [b.id]: 'member' });
  });

  test('an admin leaving where another is left hands over nothing', async () => {
    const { members: [a, b, c], id } = await crowd(server, 3);
    ok(await setRole(a, id, c, 'admin'));
    ok(await leave(a, id));
    assert.deepEqual(await roles(b, id), { [b.id]: 'member', [c.id]: 'admin' });
  });

  test('adding refuses what is no user, and direct conversations', async () => {
    const { members: [a, b], id } = await crowd(server, 2);
    const direct = await directId(a, b);
    const [c] = await people(server, 1);
    refused(await a.post(`/api/conversations/${id}/participants`, { participantIds: [strangeId()] }), 404, 'NOT_FOUND', 'User not found');
    for (const participantIds of [undefined, null, 'x', [5], { $ne: null }]) {
      refused(await a.post(`/api/conversations/${id}/participants`, { participantIds }), 400, 'VALIDATION');
    }
    const answer = await add(a, direct, c);
    assert.ok([400, 403].includes(answer.status), String(answer.bytes));
    assert.equal((await fetched(a, direct)).participants.length, 2);
    refused(await leave(a, id, { id: strangeId() }), 404, 'NOT_FOUND');
  });
});

describe('roles', () => {
  test('an admin makes admins and takes it back; members may not', async () => {
    const { members: [a, b, c], id, sockets: [, sb] } = await crowd(server, 3);
    refused(await setRole(b, id, c, 'admin'), 403, 'FORBIDDEN');
    ok(await setRole(a, id, b, 'admin'));
    await sb.next('conversation:updated', ({ conversation }) => conversation.participants?.some((each) => each._id === b.id && each.role === 'admin'));
    ok(await setRole(b, id, c, 'admin'));
    ok(await setRole(c, id, b, 'member'));
    assert.deepEqual(await roles(a, id), { [a.id]: 'admin', [b.id]: 'member', [c.id]: 'admin' });
    for (const role of ['owner', '', null, 5, undefined]) refused(await setRole(a, id, b, role), 400, 'VALIDATION');
    refused(await setRole(a, id, { id: strangeId() }, 'admin'), 404, 'NOT_FOUND');
  });

  test('a group is never without an admin', async () => {
    const { members: [a], id } = await crowd(server, 2);
    await setRole(a, id, a, 'member');
    assert.ok(Object.values(await roles(a, id)).includes('admin'));
  });
});

describe('name, deletion', () => {
  test('an admin renames; all are told', async () => {
    const { members: [a, b], id, sockets: [sa, sb] } = await crowd(server, 2);
    ok(await a.patch(`/api/conversations/${id}`, { name: 'New name' }), 200);
    for (const socket of [sa, sb]) {
      const { conversation } = await socket.next('conversation:updated', (each) => each.conversation.name === 'New name');
      assert.deepEqual(keys(conversation), CONVERSATION_KEYS);
    }
    refused(await b.patch(`/api/conversations/${id}`, { name: 'Mine' }), 403, 'FORBIDDEN');
    for (const name of ['', ' ', 5, null, { $ne: null }, 'x'.repeat(10_001)]) refused(await a.patch(`/api/conversations/${id}`, { name }), 400, 'VALIDATION');
    assert.equal((await fetched(b, id)).name, 'New name');
  });

  test('an admin deletes: it is gone for all', async () => {
    const { members: [a, b], id, sockets } = await crowd(server, 2);
    refused(await b.delete(`/api/conversations/${id}`), 403, 'FORBIDDEN');
    ok(await a.delete(`/api/conversations/${id}`));
    for (const socket of sockets) {
      assert.deepEqual(await socket.next('conversation:removed'), { conversationId: id });
      await socket.refused('send:message', { conversationId: id, text: 'x' }, 'NOT_FOUND', 'Conversation not found');
    }
    for (const user of [a, b]) {
      refused(await user.get(`/api/conversations/${id}`), 404, 'NOT_FOUND', 'Conversation not found');
      assert.deepEqual(ok(await user.get('/api/conversations')).items, []);
    }
  });
});

describe('photo', () => {
  test('is set and removed by an admin, and the room is told', async () => {
    const { members: [a, b], id, sockets: [, sb] } = await crowd(server, 2);
    const path = `/api/conversations/${id}/photo`;
    ok(await a.put(path, form('photo', png(), 'group.png', 'image/png')));
    const set = await sb.next('group:photo:updated');
    assert.deepEqual({ ...set, groupImage: null }, { groupId: id, groupImage: null, updatedBy: a.id });
    assert.equal((await fetched(b, id)).groupImage, set.groupImage);
    const served = await request(server.url(), 'GET', set.groupImage);
    assert.equal(served.status, 200);
    assert.equal(served.headers.get('content-type'), 'image/png');
    ok(await a.delete(path));
    assert.deepEqual(await sb.next('group:photo:removed'), { groupId: id, groupImage: null, removedBy: a.id });
    await until(async () => (await fetched(b, id)).groupImage === null);
  });

  test('is refused of members, of other types, and for direct conversations', async () => {
    const { members: [a, b], id } = await crowd(server, 2);
    const path = `/api/conversations/${id}/photo`;
    refused(await b.put(path, form('photo', png(), 'group.png')), 403, 'FORBIDDEN');
    refused(await b.delete(path), 403, 'FORBIDDEN');
    for (const bytes of [videos.mp4, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), Buffer.from('GIF8 not'), Buffer.alloc(0)]) {
      const answer = await a.put(path, form('photo', bytes, 'group.png', 'image/png'));
      assert.ok([400, 415].includes(answer.status), String(answer.bytes));
    }
    assert.equal((await a.put(path, form('other', png(), 'group.png'))).status, 400);
    assert.equal((await a.put(path, { photo: 'x' })).status >= 400, true);
    const direct = await directId(a, b);
    const answer = await a.put(`/api/conversations/${direct}/photo`, form('photo', png(), 'x.png'));
    assert.ok([400, 403].includes(answer.status), String(answer.bytes));
    assert.equal((await fetched(a, id)).groupImage, null);
  });
});
