// Connections that have died or don't read: they are ended, and harm nobody else (contract, section 2).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { crowd, directId, pair, people, say } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { RawSocket } from './harness/raw.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer({ env: { NATTER_GATEWAY__PING_INTERVAL: '1s', NATTER_GATEWAY__PING_TIMEOUT: '1s' } });

test('a socket that answers no ping is disconnected, its typing and its presence ended', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const sb = await b.join(id);
  const raw = await RawSocket.open(server.url(), a.token);
  assert.ok(await raw.acknowledged('join:conversation', { conversationId: id }, 1));
  assert.ok(await raw.acknowledged('typing:start', { conversationId: id }, 2));
  await sb.next('typing:start');
  await until(() => raw.closed, 'the disconnect');
  await sb.next('typing:stop');
  await sb.next('user:offline', ({ userId }) => userId === a.id, 20_000);
  assert.equal((await sb.must('presence:get', { userIds: [a.id] })).users[0].status, 'offline');
});

test('a client that answers pings stays', async () => {
  const { id, sa, sb } = await pair(server);
  const start = Date.now();
  await until(() => Date.now() - start > 4000, 'four pings');
  const { messageId } = await say(sa, id, 'still there');
  await sb.next('new:message', byId(messageId));
});

describe('with pings too rare to notice', () => {
  const patient = sharedServer({ env: { NATTER_GATEWAY__PING_INTERVAL: '60s', NATTER_GATEWAY__PING_TIMEOUT: '60s' } });

  test('a client that stops reading is disconnected; the others get everything', async () => {
    const { members: [, , reader], id, sockets: [sender, good, first] } = await crowd(patient, 3);
    const raw = await RawSocket.open(patient.url(), reader.token);
    first.close();
    assert.ok(await raw.acknowledged('join:conversation', { conversationId: id }, 1));
    raw.pause();
    const text = '\u{1f600}'.repeat(10_000);
    const count = 400; // 16 MB: more than the kernel's buffers take
    for (let index = 0; index < count; index += 1) await say(sender, id, text);
    await until(() => good.seen('new:message').length === count, 'all of them', 30_000);
    assert.deepEqual(good.seen('new:message').map(({ message }) => message.seq), Array.from({ length: count }, (_, index) => index + 1));
    await good.next('user:offline', ({ userId }) => userId === reader.id, 30_000);
    raw.resume();
    await until(() => raw.closed, 'the disconnect');
    assert.ok(raw.received.length < count, 'what it missed was not kept for it');
  });
});
