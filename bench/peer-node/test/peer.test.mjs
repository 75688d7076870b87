// The peer's answers, by the stock client: a measurement against a server that answers something else would say nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { io } from 'socket.io-client';

import { startPeer } from '../../harness/peer.mjs';

let peer;
const sockets = [];
before(async () => { peer = await startPeer({ gateways: 2 }); });
after(async () => {
  for (const socket of sockets) socket.disconnect();
  await peer?.stop();
});

async function post(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(new URL(path, peer.urls[0]), { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

const account = (username) => ({ username, email: `${username}@example.com`, password: 'correct horse', name: username.toUpperCase() });

async function register(username) {
  const { status, data } = await post('/api/auth/register', account(username));
  assert.equal(status, 201);
  return { id: data.user._id, token: data.accessToken };
}

/** A socket that keeps every event from the first one on. */
async function connect({ token }, gateway = 0) {
  const socket = io(peer.urls[gateway], { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token } });
  sockets.push(socket);
  const log = [];
  socket.onAny((event, payload) => log.push({ event, payload }));
  const next = async (event) => {
    for (;;) {
      const index = log.findIndex((entry) => entry.event === event);
      if (index >= 0) return log.splice(index, 1)[0].payload;
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${event}`)), 10_000);
        socket.onAny(() => { clearTimeout(timer); resolve(); });
      });
    }
  };
  await new Promise((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject); });
  return { socket, log, next, ask: (event, payload) => socket.timeout(10_000).emitWithAck(event, payload) };
}

test('accounts: registering, logging in, and what is refused', async () => {
  const { id } = await register('ann');
  assert.match(id, /^[0-9a-f]{24}$/);
  const again = await post('/api/auth/register', account('ann'));
  assert.deepEqual([again.status, again.error], [409, 'Username already taken']);
  const { data } = await post('/api/auth/login', { username: 'ann', password: 'correct horse' });
  assert.equal(data.user._id, id);
  const wrong = await post('/api/auth/login', { username: 'ann', password: 'wrong' });
  assert.deepEqual([wrong.status, wrong.error], [401, 'Invalid credentials']);
  await assert.rejects(connect({ token: 'none' }), /Authentication error: Invalid token/);
  await assert.rejects(connect({}), /Authentication error: Token required/);
});

test('messages: stored, acknowledged, delivered over both gateways, and caught up with', async () => {
  const [bea, cat, dan] = [await register('bea'), await register('cat'), await register('dan')];
  const made = await post('/api/conversations', { type: 'direct', participantId: cat.id }, bea.token);
  assert.equal(made.status, 201);
  const conversationId = made.data._id;
  const found = await post('/api/conversations', { type: 'direct', participantId: bea.id }, cat.token);
  assert.deepEqual([found.status, found.data._id], [200, conversationId]);

  const [b, c, d] = [await connect(bea), await connect(cat, 1), await connect(dan)];
  const ready = await b.next('session:ready');
  assert.deepEqual([ready.userId, ready.socketId, Object.keys(ready)], [bea.id, b.socket.id, ['userId', 'socketId', 'serverTime', 'expiresAt']]);
  for (const each of [b, c]) assert.deepEqual(await each.ask('join:conversation', { conversationId }), { success: true, rev: 0, lastSeq: 0 });
  const stranger = await d.ask('join:conversation', { conversationId });
  assert.deepEqual(stranger, { success: false, error: 'Not authorized to join this conversation', code: 'FORBIDDEN' });

  const ack = await b.ask('send:message', { conversationId, text: 'hello', clientMessageId: 'one' });
  assert.deepEqual([ack.success, ack.seq, ack.rev, ack.status, ack.clientMessageId], [true, 1, 1, 'sent', 'one']);
  for (const each of [b, c]) {
    const { message } = await each.next('new:message');
    assert.deepEqual(message, ack.message);
    assert.deepEqual(message.senderId, { _id: bea.id, name: 'BEA', profileImage: null });
  }
  assert.equal((await b.next('message:sent')).messageId, ack.messageId);
  const second = await b.ask('send:message', { conversationId, text: 'again', clientMessageId: 'one' });
  assert.deepEqual(second.message, ack.message);
  const refused = await d.ask('send:message', { conversationId, text: 'hello' });
  assert.equal(refused.error, 'Not authorized to send message');

  const late = await connect(cat);
  assert.equal((await late.ask('join:conversation', { conversationId, afterRev: 0 })).success, true);
  assert.deepEqual((await late.next('new:message')).message, ack.message);
});

test('strokes reach the others in the room, on either gateway, with the sender\'s id', async () => {
  const [eve, fay] = [await register('eve'), await register('fay')];
  const { data } = await post('/api/conversations', { type: 'group', name: 'board', participantIds: [fay.id] }, eve.token);
  const [e, f] = [await connect(eve), await connect(fay, 1)];
  for (const each of [e, f]) await each.ask('join:conversation', { conversationId: data._id });
  const stroke = { roomId: data._id, strokeId: 's', color: '#000', brushSize: 2, point: { x: 1, y: 2 } };
  e.socket.emit('strokePoint', stroke);
  assert.deepEqual(await f.next('strokePoint'), { ...stroke, userId: eve.id });
  assert.equal(e.log.some(({ event }) => event === 'strokePoint'), false);
  const outside = await connect(eve);
  assert.equal((await outside.ask('strokePoint', stroke)).error, 'Not authorized');
});
