// Groups, presence and everything else that the snake dialect is told (contract, section 4).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { form, png } from './harness/media.mjs';
import { directId, groupId, people, strangeId } from './harness/people.mjs';
import { CONVERSATION_KEYS, SNAKE_MESSAGE_KEYS, TIME, byId, keys } from './harness/shapes.mjs';
import { refusedByAck, snake, snakeCrowd, visit, write, writeGroup } from './harness/snake.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();

describe('join_group and leave_group', () => {
  test('take the bare id or an object, answer where the group stands, and tell the others there', async () => {
    const [a, b, c] = await people(server, 3);
    const id = await groupId([a, b, c]);
    const [sa, sb, outside] = [await snake(a), await snake(b), await snake(c)];
    assert.deepEqual(await sa.must('join_group', id), { success: true, rev: 0, lastSeq: 0 });
    await writeGroup(sa, id, 'one');
    assert.deepEqual(await sb.must('join_group', { conversationId: id }), { success: true, rev: 1, lastSeq: 1 });
    const visitor = { userId: b.id, username: b.username, conversationId: id };
    assert.deepEqual(await sa.next('user_joined_group'), visitor);
    assert.deepEqual(await sb.must('leave_group', id), { success: true });
    assert.deepEqual(await sa.next('user_left_group'), visitor);
    assert.deepEqual(await sb.must('leave_group', { conversationId: id }), { success: true }, 'leaving twice is harmless');
    await sb.must('join_group', id);
    await sa.next('user_joined_group');
    const marker = await writeGroup(sa, id, 'marker');
    await sb.next('new_group_message', byId(marker._id));
    for (const event of ['user_joined_group', 'user_left_group']) for (const socket of [sb, outside]) socket.none(event);
    assert.equal(sa.seen('user_left_group').length, 1);
    assert.equal(sb.seen('new_group_message').length, 1);
  });

  test('are refused where one is no member, and for a direct conversation', async () => {
    const [a, b, stranger] = await people(server, 3);
    const [group, direct] = [await groupId([a, b]), await directId(a, b)];
    const [sa, outside] = [await visit(a, group), await snake(stranger)];
    for (const [socket, id] of [[outside, group], [sa, direct], [sa, strangeId()], [sa, 'natter.>']]) {
      await refusedByAck(socket, 'join_group', id, 'FORBIDDEN', 'Not a member');
      await refusedByAck(socket, 'join_group', { conversationId: id, afterRev: 0 }, 'FORBIDDEN', 'Not a member');
      await refusedByAck(socket, 'send_group_message', { conversationId: id, content: 'x' }, 'FORBIDDEN', 'Not a member');
    }
    await outside.must('leave_group', group);
    const marker = await writeGroup(sa, group, 'marker');
    await sa.next('new_group_message', byId(marker._id));
    sa.none('user_left_group');
    sa.none('user_joined_group');
  });

  test('many at once: each is joined, those there are told, and what is no group is refused alone', async () => {
    const [a, b] = await people(server, 2);
    const groups = await times(20, (index) => groupId([a, b], `group ${index}`));
    const direct = await directId(a, b);
    const [sa, sb] = [await snake(a), await snake(b)];
    const join = (socket) => Promise.all([...groups.slice(0, 7), direct, ...groups.slice(7)].map((id) => socket.emit('join_group', id)));
    for (const socket of [sa, sb]) {
      const acks = await join(socket);
      assert.deepEqual(acks.map(({ success, error }) => error ?? success), [...Array(7).fill(true), 'Not a member', ...Array(13).fill(true)]);
    }
    await until(() => sa.seen('user_joined_group').length === groups.length, 'all visits');
    assert.deepEqual(sa.seen('user_joined_group').map(({ conversationId }) => conversationId).sort(), groups.toSorted());
  });

  test('afterRev brings what was missed, as it is now, and over 300 is RESYNC', async () => {
    const { members: [, b], id, sockets: [sa] } = await snakeCrowd(server, 2);
    const [one, two] = [await writeGroup(sa, id, 'one'), await writeGroup(sa, id, 'two')];
    await sa.must('edit_message', { messageId: one._id, content: 'uno' });
    await sa.must('delete_message', { messageId: two._id });
    const three = await writeGroup(sa, id, 'three');
    const late = await snake(b);
    assert.deepEqual(await late.must('join_group', { conversationId: id, afterRev: 2 }), { success: true, rev: 5, lastSeq: 3 });
    await late.next('new_group_message', byId(three._id));
    assert.deepEqual(late.log.slice(-3).map(({ event }) => event), ['message_updated', 'message_deleted', 'new_group_message']);
    await times(298, (index) => writeGroup(sa, id, String(index)));
    await refusedByAck(await snake(b), 'join_group', { conversationId: id, afterRev: 0 }, 'RESYNC', 'Too many changes: sync first');
  });
});

describe('send_group_message', () => {
  test('reaches everyone who joined, the sender included', async () => {
    const { members: [a, , c], id, sockets } = await snakeCrowd(server, 3);
    const outside = await snake(c);
    const ack = await sockets[0].must('send_group_message', { conversationId: id, content: 'hello', clientMessageId: 'k' });
    assert.deepEqual(keys(ack), ['message', 'success']);
    assert.deepEqual(keys(ack.message), SNAKE_MESSAGE_KEYS);
    assert.deepEqual(ack.message.sender, { _id: a.id, username: a.username, avatar: null });
    for (const socket of sockets) assert.deepEqual(await socket.next('new_group_message'), { conversationId: id, message: ack.message });
    const { conversation } = await outside.next('conversation_updated', (each) => each.conversation.lastMessage?.content === 'hello');
    assert.deepEqual(keys(conversation.lastMessage.sender), ['_id', 'avatar', 'username']);
    outside.none('new_group_message');
    for (const socket of sockets) socket.none('new_message');
    await refusedByAck(sockets[0], 'send_group_message', { conversationId: id }, 'VALIDATION', 'Message content or file is required');
  });

  test('message_delivered, and message_read to the senders alone', async () => {
    const { members: [, b], id, sockets: [sa, sb, sc] } = await snakeCrowd(server, 3);
    const { _id: messageId } = await writeGroup(sa, id, 'hi');
    assert.deepEqual(await sa.next('message_delivered'), { messageId, conversationId: id });
    await sb.must('mark_as_read', { messageId });
    const event = await sa.next('message_read');
    assert.deepEqual([event.messageId, event.conversationId, event.readBy], [messageId, id, b.id]);
    const marker = await writeGroup(sa, id, 'marker');
    await sc.next('new_group_message', byId(marker._id));
    for (const socket of [sb, sc]) socket.none('message_read');
    assert.equal(sa.seen('message_read').length, 1);
  });

  test('edits, deletions and typing reach the others who joined', async () => {
    const { members: [a], id, sockets: [sa, sb, sc] } = await snakeCrowd(server, 3);
    const { _id: messageId } = await writeGroup(sb, id, 'first');
    await sb.must('edit_message', { messageId, content: 'second' });
    await sa.must('react_message', { messageId, emoji: '👍' });
    await sa.must('delete_message', { messageId });
    for (const socket of [sa, sb, sc]) {
      assert.deepEqual(await socket.next('message_deleted'), { messageId, conversationId: id, rev: 4 });
      assert.deepEqual(socket.seen('message_updated').map(({ message: { rev } }) => rev), [2, 3]);
    }
    await sa.must('typing_start', { conversationId: id });
    await sa.must('typing_stop', { conversationId: id });
    for (const socket of [sb, sc]) {
      assert.deepEqual(await socket.next('user_typing'), { userId: a.id, username: a.username, conversationId: id });
      assert.deepEqual(await socket.next('user_stopped_typing'), { userId: a.id, conversationId: id });
    }
    const outside = await snake(a);
    await refusedByAck(outside, 'typing_start', { conversationId: id }, 'FORBIDDEN', 'Not authorized');
    const marker = await writeGroup(sc, id, 'marker');
    await sa.next('new_group_message', byId(marker._id));
    sa.none('user_typing');
  });
});

test('conversations come, change and go', async () => {
  const [a, b, c] = await people(server, 3);
  const sockets = [await snake(a), await snake(b), await snake(c)];
  const id = await groupId([a, b]);
  const { conversation } = await sockets[1].next('conversation_new');
  assert.deepEqual(keys(conversation), CONVERSATION_KEYS);
  ok(await a.patch(`/api/conversations/${id}`, { name: 'Renamed' }));
  await sockets[1].next('conversation_updated', (each) => each.conversation.name === 'Renamed');
  ok(await a.post(`/api/conversations/${id}/participants`, { participantIds: [c.id] }));
  await sockets[2].next('conversation_new');
  await sockets[0].next('conversation_updated', (each) => each.conversation.participants.length === 3);
  const [sa, sc] = [await visit(a, id), await visit(c, id)];
  const { groupImage } = ok(await a.put(`/api/conversations/${id}/photo`, form('photo', png(), 'a.png', 'image/png')));
  assert.deepEqual(await sa.next('group_photo_updated'), { groupId: id, groupImage, updatedBy: a.id });
  ok(await a.delete(`/api/conversations/${id}/photo`));
  assert.deepEqual(await sa.next('group_photo_removed'), { groupId: id, groupImage: null, removedBy: a.id });
  ok(await a.delete(`/api/conversations/${id}/participants/${c.id}`));
  assert.deepEqual(await sockets[2].next('conversation_removed'), { conversationId: id });
  await until(async () => (await sc.emit('typing_start', { conversationId: id })).success === false, 'the room to be left');
  const marker = await writeGroup(sa, id, 'marker');
  await sa.next('new_group_message', byId(marker._id));
  sc.none('new_group_message');
});

test('user_online, user_offline, and user_status_changed beside them', async () => {
  const [watcher, subject] = await people(server, 2);
  const eyes = await snake(watcher);
  await write(eyes, subject, 'hi');
  const client = await snake(subject);
  const { id: userId, username } = subject;
  assert.deepEqual(await eyes.next('user_online'), { userId, username });
  assert.deepEqual(await eyes.next('user_status_changed'), { userId, username, status: 'online', lastSeen: null });
  const { users } = await eyes.must('get_presence', { userIds: [userId] });
  assert.equal(users[0].status, 'online');
  client.close();
  const offline = await eyes.next('user_offline', undefined, 20_000);
  assert.match(offline.lastSeen, TIME);
  assert.deepEqual(offline, { userId, lastSeen: offline.lastSeen });
  assert.deepEqual(await eyes.next('user_status_changed'), { userId, username, status: 'offline', lastSeen: offline.lastSeen });
});
