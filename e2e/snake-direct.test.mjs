// Direct messages of the snake dialect, which need no join (contract, section 4).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { directId, people, strangeId } from './harness/people.mjs';
import { SNAKE_MESSAGE_KEYS, TIME, byId, keys } from './harness/shapes.mjs';
import { refusedByAck, snake, write } from './harness/snake.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();

/** Two users with two sockets each, none of which has joined anything. */
async function two() {
  const [a, b] = await people(server, 2);
  const [a1, a2, b1, b2] = [await snake(a), await snake(a), await snake(b), await snake(b)];
  return { a, b, a1, a2, b1, b2 };
}

describe('send_direct_message', () => {
  test('makes the conversation, and reaches the other one\'s sockets and one\'s own others, once each', async () => {
    const { a, b, a1, a2, b1, b2 } = await two();
    const ack = await a1.must('send_direct_message', { recipientId: b.id, content: 'hello', clientMessageId: 'c1' });
    assert.deepEqual(keys(ack), ['message', 'status', 'success']);
    const { message } = ack;
    assert.deepEqual(keys(message), SNAKE_MESSAGE_KEYS);
    assert.deepEqual(message.sender, { _id: a.id, username: a.username, avatar: null });
    assert.deepEqual([message.content, message.messageType, message.file, message.seq, message.clientMessageId], ['hello', 'text', null, 1, 'c1']);
    assert.deepEqual([message.status, message.readBy, message.replyTo, message.reactions], ['sent', [], null, []]);
    assert.match(message.createdAt, TIME);
    for (const socket of [a2, b1, b2]) {
      assert.deepEqual(await socket.next('new_message'), { conversationId: message.conversationId, message });
    }
    for (const socket of [a1, a2, b1, b2]) {
      const { conversation } = await socket.next('conversation_new');
      assert.deepEqual([conversation._id, conversation.type], [message.conversationId, 'direct']);
    }
    const marker = await write(b1, a, 'marker');
    assert.equal(marker.conversationId, message.conversationId);
    for (const socket of [a1, a2, b2]) await socket.next('new_message', byId(marker._id));
    for (const [socket, count] of [[a1, 1], [a2, 2], [b1, 1], [b2, 2]]) assert.equal(socket.seen('new_message').length, count);
    for (const socket of [a1, a2, b1, b2]) socket.none('conversation_updated');
  });

  test('sent over HTTP it reaches all of the sender\'s sockets', async () => {
    const { a, b, a1, a2, b1 } = await two();
    const id = await directId(a, b);
    const sent = ok(await a.post(`/api/conversations/${id}/messages`, { content: 'by HTTP' }, { headers: { 'x-dialect': 'snake' } }), 201);
    assert.deepEqual(keys(sent), SNAKE_MESSAGE_KEYS);
    for (const socket of [a1, a2, b1]) assert.equal((await socket.next('new_message', byId(sent._id))).message.content, 'by HTTP');
  });

  test('one conversation a pair, however many write at once', async () => {
    const { a, b, a1, a2, b1, b2 } = await two();
    const sent = await times(8, (index) => write([a1, b1, a2, b2][index % 4], index % 2 ? a : b, String(index)));
    assert.equal(new Set(sent.map(({ conversationId }) => conversationId)).size, 1);
    assert.deepEqual(sent.map(({ seq }) => seq).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(ok(await a.get('/api/conversations')).items.length, 1);
  });

  test('the same clientMessageId stores nothing more and tells nobody', async () => {
    const { a, b, a1, a2, b1 } = await two();
    const first = await write(a1, b, 'once', { clientMessageId: 'same' });
    const again = await a1.must('send_direct_message', { recipientId: b.id, content: 'twice', clientMessageId: 'same' });
    assert.deepEqual([again.message._id, again.message.content], [first._id, 'once']);
    const marker = await write(b1, a, 'marker');
    await a2.next('new_message', byId(marker._id));
    assert.equal(a2.seen('new_message').length, 2);
    a1.none('new_message', byId(first._id));
  });

  test('a burst to two people, one of them new, arrives in order at each', async () => {
    const [a, b, c] = await people(server, 3);
    const [sa, sb, sc] = [await snake(a), await snake(b), await snake(c)];
    await write(sa, b, 'known');
    const sent = await times(60, (index) => write(sa, index % 7 < 4 ? b : c, String(index)));
    for (const [socket, to, from] of [[sb, b, 1], [sc, c, 0]]) {
      const expected = sent.filter((_, index) => (index % 7 < 4 ? b : c) === to);
      assert.deepEqual(expected.map(({ seq }) => seq), expected.map((_, index) => index + 1 + from));
      await until(() => socket.seen('new_message').length === expected.length + from, 'all of them');
      assert.deepEqual(socket.seen('new_message').slice(from).map(({ message }) => message._id), expected.map(({ _id }) => _id));
    }
  });

  test('many at once arrive in order, once, on every socket', async () => {
    const { b, a1, a2, b1, b2 } = await two();
    const sent = await times(200, (index) => write(a1, b, String(index)));
    assert.deepEqual(sent.map(({ seq }) => seq), Array.from({ length: 200 }, (_, index) => index + 1));
    for (const socket of [a2, b1, b2]) {
      await until(() => socket.seen('new_message').length >= 200, '200 messages');
      assert.deepEqual(socket.seen('new_message').map(({ message }) => message.rev), sent.map(({ rev }) => rev));
    }
    a1.none('new_message');
  });

  test('is refused where it must be', async () => {
    const [me, friend, enemy, foe] = await people(server, 4);
    for (const [who, whom] of [[me, enemy], [foe, me]]) ok(await who.put(`/api/users/${whom.id}/block`));
    const socket = await snake(me);
    const to = (recipient, rest = { content: 'x' }) => ({ recipientId: recipient.id ?? recipient, ...rest });
    const empty = 'Message content or file is required';
    for (const [payload, code, error] of [
      [to(strangeId()), 'NOT_FOUND', 'User not found'],
      [to('no id'), 'NOT_FOUND', 'User not found'],
      [to(me), 'VALIDATION', 'Cannot message yourself'],
      [to(enemy), 'BLOCKED', 'You cannot send messages to a blocked user'],
      [to(foe), 'BLOCKED', 'Action not available'],
      [to(friend, {}), 'VALIDATION', empty],
      [to(friend, { content: ' \n\u3000' }), 'VALIDATION', empty],
      [to(friend, { content: null, file: null }), 'VALIDATION', empty],
      [to(friend, { content: 'x'.repeat(10_001) }), 'VALIDATION', 'Message is too long'],
      [to(friend, { file: { url: '/uploads/not-issued.png', messageType: 'image' } }), 'VALIDATION', /^Invalid payload: file: /],
    ]) await refusedByAck(socket, 'send_direct_message', payload, code, error);
  });

  test('a block that comes later is told, and nothing that was refused makes a conversation', async () => {
    const [me, other, third] = await people(server, 3);
    const socket = await snake(me);
    await write(socket, other, 'before');
    ok(await other.put(`/api/users/${me.id}/block`));
    await until(async () => (await socket.emit('send_direct_message', { recipientId: other.id, content: 'x' })).error === 'Action not available', 'the block');
    await refusedByAck(socket, 'send_direct_message', { recipientId: third.id, content: '' }, 'VALIDATION', 'Message content or file is required');
    assert.equal(ok(await me.get('/api/conversations')).items.length, 1);
    assert.equal(ok(await third.get('/api/conversations')).items.length, 0);
  });
});

describe('what follows a direct message', () => {
  test('message_delivered to all of the sender\'s sockets', async () => {
    const { b, a1, a2, b1 } = await two();
    const { _id: messageId, conversationId } = await write(a1, b, 'hi');
    for (const socket of [a1, a2]) assert.deepEqual(await socket.next('message_delivered'), { messageId, conversationId });
    b1.none('message_delivered');
  });

  test('message_read, one a message, to the sender\'s sockets alone; status and readBy follow', async () => {
    const { a, b, a1, a2, b1, b2 } = await two();
    const [one, two_] = [await write(a1, b, 'one'), await write(a1, b, 'two')];
    await b1.must('mark_as_read', { messageId: one._id });
    await b1.must('mark_as_read', { messageId: two_._id });
    for (const socket of [a1, a2]) {
      for (const { _id: messageId, conversationId } of [one, two_]) {
        const event = await socket.next('message_read', (each) => each.messageId === messageId);
        assert.deepEqual(keys(event), ['conversationId', 'messageId', 'readAt', 'readBy']);
        assert.deepEqual([event.conversationId, event.readBy], [conversationId, b.id]);
        assert.match(event.readAt, TIME);
      }
    }
    const shown = ok(await a.get(`/api/messages/${one._id}?dialect=snake`));
    assert.equal(shown.status, 'read');
    assert.deepEqual(shown.readBy.map(({ user }) => user), [b.id]);
    await b1.must('mark_as_read', { messageId: one._id });
    const marker = await write(a1, b, 'marker');
    await b2.next('new_message', byId(marker._id));
    for (const socket of [b1, b2]) socket.none('message_read');
    assert.equal(a1.seen('message_read').length, 2);
  });

  test('a long history read at once is one event a message, and nobody is cut off', async () => {
    const { a, b, a1, a2 } = await two();
    const sent = await times(700, (index) => write(a1, b, String(index)));
    ok(await b.post(`/api/conversations/${sent[0].conversationId}/read`, { messageIds: [] }));
    for (const socket of [a1, a2]) {
      await until(() => socket.seen('message_read').length >= 700, '700 events', 20_000);
      assert.equal(new Set(socket.seen('message_read').map(({ messageId }) => messageId)).size, 700);
      assert.ok(socket.socket.connected);
    }
    assert.equal(ok(await a.get(`/api/messages/${sent[699]._id}?dialect=snake`)).status, 'read');
  });

  test('mark_as_read is refused where it must be', async () => {
    const { b, a1 } = await two();
    const [stranger] = await people(server, 1);
    const outside = await snake(stranger);
    const { _id: messageId } = await write(a1, b, 'private');
    await refusedByAck(outside, 'mark_as_read', { messageId }, 'FORBIDDEN', 'Not a member');
    await refusedByAck(outside, 'mark_as_read', { messageId: strangeId() }, 'NOT_FOUND', 'Message not found');
    await refusedByAck(outside, 'mark_as_read', { messageId: 'no id' }, 'NOT_FOUND', 'Message not found');
  });

  test('edits, reactions and deletions reach all sockets of both, in order', async () => {
    const { a, b, a1, a2, b1, b2 } = await two();
    const { _id: messageId, conversationId } = await write(a1, b, 'first');
    const edited = await a1.must('edit_message', { messageId, content: 'second' });
    assert.deepEqual([edited.rev, edited.message.content], [2, 'second']);
    await a1.must('edit_message', { messageId, text: 'third' });
    await b1.must('react_message', { messageId, emoji: '👍' });
    await a1.must('delete_message', { messageId });
    for (const socket of [a1, a2, b1, b2]) {
      assert.deepEqual(await socket.next('message_deleted'), { messageId, conversationId, rev: 5 });
      const updates = socket.seen('message_updated').map(({ message }) => message);
      assert.deepEqual(updates.map(({ rev, content }) => [rev, content]), [[2, 'second'], [3, 'third'], [4, 'third']]);
      assert.deepEqual(updates[2].reactions, [{ emoji: '👍', userIds: [b.id] }]);
      assert.deepEqual(keys(updates[0]), SNAKE_MESSAGE_KEYS);
    }
    const gone = ok(await a.get(`/api/messages/${messageId}?dialect=snake`));
    assert.deepEqual([gone.content, gone.file, gone.deleted], [null, null, true]);
    await refusedByAck(b1, 'edit_message', { messageId, content: 'x' }, 'FORBIDDEN', 'Not authorized');
    await refusedByAck(a1, 'edit_message', { messageId, content: 'x' }, 'CONFLICT', 'Message was deleted');
    await refusedByAck(a1, 'delete_message', { messageId: strangeId() }, 'NOT_FOUND', 'Message not found');
  });

  test('typing reaches the other one\'s sockets without joining, and ends', async () => {
    const { a, b, a1, a2, b1, b2 } = await two();
    const { conversationId } = await write(a1, b, 'hi');
    await a1.must('typing_start', { conversationId });
    for (const socket of [b1, b2]) assert.deepEqual(await socket.next('user_typing'), { userId: a.id, username: a.username, conversationId });
    await a1.must('typing_stop', { conversationId });
    for (const socket of [b1, b2]) assert.deepEqual(await socket.next('user_stopped_typing'), { userId: a.id, conversationId });
    await a1.must('typing_start', { conversationId });
    await b1.next('user_typing');
    a1.close();
    await b1.next('user_stopped_typing');
    const marker = await write(b1, a, 'marker');
    await a2.next('new_message', byId(marker._id));
    a2.none('user_typing');
    const [stranger] = await people(server, 1);
    const outside = await snake(stranger);
    await refusedByAck(outside, 'typing_start', { conversationId }, 'FORBIDDEN', 'Not authorized');
    await refusedByAck(outside, 'typing_start', { conversationId: strangeId() }, 'FORBIDDEN', 'Not authorized');
  });

  test('sync catches up in this dialect\'s shape', async () => {
    const { b, a1, b1 } = await two();
    const message = await write(a1, b, 'one');
    const { conversations: [page], removed } = await b1.must('sync', { cursors: [{ conversationId: message.conversationId, rev: 0 }] });
    assert.deepEqual(removed, []);
    assert.deepEqual(page.changes.map(({ _id, content }) => [_id, content]), [[message._id, 'one']]);
    assert.deepEqual(keys(page.changes[0]), SNAKE_MESSAGE_KEYS);
  });
});

test('HTTP speaks this dialect, by header and by query', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const headers = { 'x-dialect': 'snake' };
  const sent = ok(await a.post(`/api/conversations/${id}/messages?dialect=snake`, { content: 'x', clientMessageId: 'k' }), 201);
  assert.deepEqual(sent.sender, { _id: a.id, username: a.username, avatar: null });
  assert.equal(ok(await a.patch(`/api/messages/${sent._id}`, { content: 'y' }, { headers })).content, 'y');
  assert.equal(ok(await a.patch(`/api/messages/${sent._id}`, { text: 'z' }, { headers })).content, 'z');
  assert.deepEqual(keys(ok(await b.put(`/api/messages/${sent._id}/reactions/x`, undefined, { headers }))), SNAKE_MESSAGE_KEYS);
  const [listed] = ok(await b.get(`/api/conversations/${id}/messages`, { headers })).items;
  assert.deepEqual(keys(listed), SNAKE_MESSAGE_KEYS);
  const [conversation] = ok(await b.get('/api/conversations', { headers })).items;
  assert.deepEqual(keys(conversation.lastMessage.sender), ['_id', 'avatar', 'username']);
  const { conversations: [page] } = ok(await b.post('/api/sync', { cursors: [{ conversationId: id, rev: 0 }] }, { headers }));
  assert.equal(page.changes[0].content, 'z');
  refused(await a.post(`/api/conversations/${id}/messages`, {}, { headers }), 400, 'VALIDATION', 'Message content or file is required');
  const [stranger] = await people(server, 1);
  refused(await stranger.post(`/api/conversations/${id}/messages`, { content: 'x' }, { headers }), 403, 'FORBIDDEN', 'Not a member');
});
