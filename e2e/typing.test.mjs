// Typing indicators, which always end (contract, section 3).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { crowd, pair, say, strangeId } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';

const server = sharedServer();

test('start and stop reach the others in the room, and not oneself', async () => {
  const { members: [a], id, sockets: [sa, ...others] } = await crowd(server, 3);
  const typing = { userId: a.id, conversationId: id };
  await sa.must('typing:start', { conversationId: id });
  for (const socket of others) assert.deepEqual(await socket.next('typing:start'), typing);
  await sa.must('typing:stop', { conversationId: id });
  for (const socket of others) assert.deepEqual(await socket.next('typing:stop'), typing);
  const marker = await say(others[0], id, 'marker');
  await sa.next('new:message', byId(marker.messageId));
  sa.none('typing:start');
  sa.none('typing:stop');
});

test('stops by itself after 6 s without a sign, and a sign renews it', async () => {
  const { id, sa, sb } = await pair(server);
  sa.tell('typing:start', { conversationId: id });
  await sb.next('typing:start');
  const started = Date.now();
  await sb.next('typing:stop');
  const lasted = Date.now() - started;
  assert.ok(lasted > 5000 && lasted < 9000, `${lasted} ms`);
  sa.tell('typing:start', { conversationId: id });
  await sb.next('typing:start');
});

test('stops when the socket disconnects', async () => {
  const { a, id, sa, sb } = await pair(server);
  await sa.must('typing:start', { conversationId: id });
  await sb.next('typing:start');
  const start = Date.now();
  sa.close();
  assert.deepEqual(await sb.next('typing:stop'), { userId: a.id, conversationId: id });
  assert.ok(Date.now() - start < 4000, 'not only when its time is over');
});

test('stops when the socket leaves', async () => {
  const { a, id, sa, sb } = await pair(server);
  await sa.must('typing:start', { conversationId: id });
  await sb.next('typing:start');
  const start = Date.now();
  await sa.must('leave:conversation', { conversationId: id });
  assert.deepEqual(await sb.next('typing:stop'), { userId: a.id, conversationId: id });
  assert.ok(Date.now() - start < 4000, 'not only when its time is over');
});

test('is refused where the socket has not joined', async () => {
  const { a, id, sb } = await pair(server);
  const outside = await a.connect();
  for (const event of ['typing:start', 'typing:stop']) {
    await outside.refused(event, { conversationId: id }, 'FORBIDDEN', 'Not authorized');
    await outside.refused(event, { conversationId: strangeId() }, null, /^(Not authorized|Conversation not found)$/);
    await outside.refused(event, {}, 'VALIDATION', /^Invalid payload: conversationId: /);
    await outside.refused(event, { conversationId: ['x'] }, 'VALIDATION', /^Invalid payload: conversationId: /);
  }
  await outside.must('join:conversation', { conversationId: id });
  await outside.must('typing:start', { conversationId: id });
  await sb.next('typing:start');
});
