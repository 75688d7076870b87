// Sending and replying: acks, events and shapes (contract, section 3).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { jpeg, upload, videos } from './harness/media.mjs';
import { MESSAGE_KEYS, TIME, byId, keys } from './harness/shapes.mjs';
import { pair, people, say, strangeId } from './harness/people.mjs';
import { times } from './harness/wait.mjs';

const server = sharedServer();

const REF_KEYS = ['_id', 'name', 'profileImage'];

describe('send:message', () => {
  test('ack, message:sent and new:message have exactly the contract\'s shape', async () => {
    const { a, id, sa, sb } = await pair(server);
    const ack = await sa.must('send:message', { conversationId: id, text: 'hello', clientMessageId: 'c-1' });
    assert.deepEqual(keys(ack), ['clientMessageId', 'createdAt', 'message', 'messageId', 'rev', 'seq', 'status', 'success']);
    const { message } = ack;
    assert.deepEqual(keys(message), MESSAGE_KEYS);
    assert.deepEqual(message.senderId, { _id: a.id, name: a.name, profileImage: null });
    assert.match(message._id, /^[0-9a-f]{24}$/);
    assert.match(message.createdAt, TIME);
    assert.match(message.updatedAt, TIME);
    const { _id, conversationId, text, media, messageType, replyTo, reactions, seq, rev, clientMessageId, editedAt } = message;
    assert.deepEqual(
      { conversationId, text, media, messageType, replyTo, reactions, seq, rev, clientMessageId, editedAt },
      { conversationId: id, text: 'hello', media: [], messageType: 'text', replyTo: null, reactions: [], seq: 1, rev: 1, clientMessageId: 'c-1', editedAt: null },
    );
    assert.deepEqual(
      [ack.messageId, ack.clientMessageId, ack.seq, ack.rev, ack.createdAt],
      [_id, 'c-1', 1, 1, message.createdAt],
    );
    assert.ok(['sent', 'delivered'].includes(ack.status));
    assert.deepEqual(await sa.next('message:sent'), { messageId: _id, conversationId: id, clientMessageId: 'c-1', seq: 1, createdAt: ack.createdAt });
    for (const socket of [sa, sb]) {
      const event = await socket.next('new:message');
      assert.deepEqual(keys(event), ['message']);
      assert.deepEqual(keys(event.message), MESSAGE_KEYS);
      assert.deepEqual({ ...event.message, status: null }, { ...message, status: null });
    }
    assert.equal(sb.seen('message:sent').length, 0);
  });

  test('works without an ack and without a clientMessageId', async () => {
    const { id, sa, sb } = await pair(server);
    sa.tell('send:message', { conversationId: id, text: 'no ack' });
    const sent = await sa.next('message:sent');
    assert.equal(sent.clientMessageId, null);
    const { message } = await sb.next('new:message');
    assert.equal(message._id, sent.messageId);
    assert.equal(message.clientMessageId, null);
  });

  test('message:sent goes to the sending socket only; the sender\'s other sockets have new:message', async () => {
    const { a, id, sa } = await pair(server);
    const other = await a.join(id);
    const { messageId } = await say(sa, id, 'from the first');
    await other.next('new:message', byId(messageId));
    await say(other, id, 'from the second');
    await other.next('message:sent');
    other.none('message:sent', (payload) => payload.messageId === messageId);
  });

  test('a failure without an ack is an error event that names its event', async () => {
    const { sa } = await pair(server);
    sa.tell('send:message', { conversationId: strangeId(), text: 'x' });
    assert.deepEqual(await sa.next('error'), { message: 'Conversation not found', code: 'NOT_FOUND', event: 'send:message' });
  });

  test('a sender need not have joined', async () => {
    const { a, id, sb } = await pair(server);
    const unjoined = await a.connect();
    const { messageId } = await say(unjoined, id, 'from outside');
    await sb.next('new:message', byId(messageId));
  });

  test('texts of 10,000 code points pass, whatever their bytes; white space around them is kept', async () => {
    const { id, sa, sb } = await pair(server);
    for (const text of ['x'.repeat(10_000), '\u{1f600}'.repeat(10_000), '  spaced \n', '\u0000null and "quotes" \\ <b>']) {
      const { message } = await say(sa, id, text);
      assert.equal(message.text, text);
      const event = await sb.next('new:message', byId(message._id));
      assert.equal(event.message.text, text);
    }
  });

  test('media of the own media service: type, names and sizes', async () => {
    const { a, id, sa, sb } = await pair(server);
    const image = await upload(a, jpeg, 'photo.jpg', 'image/jpeg');
    const video = await upload(a, videos.mp4, 'film.mp4', 'video/mp4');
    const media = [
      { url: image.url, type: 'image', filename: 'photo.jpg', size: jpeg.length },
      { url: video.url, type: 'video' },
    ];
    const { message } = await sa.must('send:message', { conversationId: id, media });
    assert.equal(message.messageType, 'image');
    assert.equal(message.text, null);
    assert.deepEqual(message.media.map((each) => [keys(each).join(), each.url, each.type]), [
      ['filename,size,type,url', image.url, 'image'], ['filename,size,type,url', video.url, 'video'],
    ]);
    assert.deepEqual(message.media[0], media[0]);
    const event = await sb.next('new:message');
    assert.deepEqual(event.message.media, message.media);
    const withText = await sa.must('send:message', { conversationId: id, text: 'look', media: [media[1]], messageType: 'video' });
    assert.equal(withText.message.messageType, 'video');
    assert.equal(withText.message.text, 'look');
  });

  test('over HTTP: 201, the message, and the same events', async () => {
    const { a, id, sa, sb } = await pair(server);
    const message = ok(await a.post(`/api/conversations/${id}/messages`, { text: 'by HTTP' }, { headers: { 'idempotency-key': 'k-1' } }), 201);
    assert.deepEqual(keys(message), MESSAGE_KEYS);
    assert.equal(message.clientMessageId, 'k-1');
    for (const socket of [sa, sb]) await socket.next('new:message', byId(message._id));
    const again = ok(await a.post(`/api/conversations/${id}/messages`, { text: 'other' }, { headers: { 'idempotency-key': 'k-1' } }));
    assert.equal(again._id, message._id);
    assert.equal(again.text, 'by HTTP');
    const inBody = ok(await a.post(`/api/conversations/${id}/messages`, { text: 'x', clientMessageId: 'k-2' }));
    assert.equal(inBody.clientMessageId, 'k-2');
  });
});

describe('clientMessageId', () => {
  test('of 20 sends at once one is stored, and all are answered with it', async () => {
    const { a, id, sb } = await pair(server);
    const sockets = await times(4, (index) => a.join(id, { gateway: index }));
    const acks = await times(20, (index) => say(sockets[index % 4], id, `try ${index}`, { clientMessageId: 'same' }));
    assert.equal(new Set(acks.map((ack) => ack.messageId)).size, 1);
    assert.deepEqual([...new Set(acks.map((ack) => ack.message.text))], [acks[0].message.text]);
    const marker = await say(sockets[0], id, 'marker');
    assert.equal(marker.seq, 2);
    await sb.next('new:message', byId(marker.messageId));
    assert.equal(sb.seen('new:message').length, 2);
  });

  test('belongs to its sender and conversation', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const first = await say(sa, id, 'mine', { clientMessageId: 'k' });
    const second = await say(sb, id, 'theirs', { clientMessageId: 'k' });
    assert.notEqual(first.messageId, second.messageId);
    const [c] = await people(server, 1);
    const other = ok(await a.post('/api/conversations', { type: 'direct', participantId: c.id }))._id;
    const third = await say(sa, other, 'elsewhere', { clientMessageId: 'k' });
    assert.notEqual(first.messageId, third.messageId);
    assert.equal(b.id, second.message.senderId._id);
  });

  test('answers with the first message as it is, whatever the second asks', async () => {
    const { id, sa } = await pair(server);
    const first = await say(sa, id, 'original', { clientMessageId: 'x'.repeat(64) });
    await sa.must('message:edit', { messageId: first.messageId, text: 'edited' });
    const again = await say(sa, id, 'another content', { clientMessageId: 'x'.repeat(64) });
    assert.equal(again.messageId, first.messageId);
    assert.equal(again.seq, 1);
    assert.ok(['original', 'edited'].includes(again.message.text));
  });
});

describe('replies', () => {
  test('show what they answer', async () => {
    const { a, id, sa, sb } = await pair(server);
    const { messageId } = await say(sa, id, 'question');
    const { message } = await say(sb, id, 'answer', { replyTo: messageId });
    assert.deepEqual(message.replyTo, { _id: messageId, text: 'question', senderId: { _id: a.id, name: a.name, profileImage: null } });
    const event = await sa.next('new:message', byId(message._id));
    assert.deepEqual(event.message.replyTo, message.replyTo);
    assert.deepEqual(keys(message.replyTo.senderId), REF_KEYS);
  });

  test('replyTo null is no reply', async () => {
    const { id, sa } = await pair(server);
    const { message } = await say(sa, id, 'plain', { replyTo: null, media: [], messageType: 'text' });
    assert.equal(message.replyTo, null);
  });
});
