// Polling, the upgrade, and who may come from where (contract, preface and section 2).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import WebSocket from 'ws';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { request } from './harness/http.mjs';
import { pair, person, say } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();

for (const [what, transports, last] of [['polling only', ['polling'], 'polling'], ['polling, then the upgrade', ['polling', 'websocket'], 'websocket'], ['websocket only', ['websocket'], 'websocket']]) {
  test(`${what}: a whole conversation`, async () => {
    const { a, b, id } = await pair(server);
    const [sa, sb] = [await a.join(id, { transports }), await b.join(id, { transports })];
    await until(() => sa.socket.io.engine.transport.name === last && sb.socket.io.engine.transport.name === last, last);
    await sa.must('typing:start', { conversationId: id });
    await sb.next('typing:start');
    const { messageId } = await say(sa, id, `${'ü🙂'.repeat(1000)} by ${what}`);
    await sb.next('new:message', byId(messageId));
    await sb.must('message:read', { conversationId: id, messageIds: [messageId] });
    await sa.next('messages:read');
    await Promise.all(Array.from({ length: 50 }, (_, index) => say(sb, id, String(index))));
    await until(() => sa.seen('new:message').length === 51, '51 messages');
    assert.deepEqual(sa.seen('new:message').slice(1).map(({ message }) => Number(message.text)), Array.from({ length: 50 }, (_, index) => index));
    assert.equal(sa.socket.io.engine.transport.name, last);
  });
}

test('messages that come during the upgrade are neither lost nor doubled', async () => {
  const { a, id, sb } = await pair(server);
  const client = new Client(server.url(), { transports: ['polling', 'websocket'], auth: { token: a.token } });
  await client.connected();
  await client.must('join:conversation', { conversationId: id });
  let sent = 0;
  do await say(sb, id, String(sent += 1)); while (client.socket.io.engine.transport.name !== 'websocket' || sent < 40);
  await until(() => client.seen('new:message').length >= sent, `${sent} messages`);
  assert.deepEqual(client.seen('new:message').map(({ message }) => message.seq), Array.from({ length: sent }, (_, index) => index + 1));
});

test('the path is /socket.io/', async () => {
  const answer = await request(server.url(), 'GET', '/socket.io/?EIO=4&transport=polling');
  assert.equal(answer.status, 200);
  const open = JSON.parse(answer.bytes.toString().slice(1));
  assert.ok(open.upgrades.includes('websocket'));
  assert.deepEqual([open.pingInterval, open.pingTimeout], [15_000, 10_000]);
  const old = await request(server.url(), 'GET', '/socket.io/?EIO=3&transport=polling');
  assert.ok(old.status >= 400 && old.status < 500);
});

/** How an origin fares: by fetch, by polling, by a WebSocket handshake. */
async function fares(base, origin) {
  const headers = { origin };
  const plain = await request(base.url(), 'GET', '/healthz', { headers });
  const polling = await request(base.url(), 'GET', '/socket.io/?EIO=4&transport=polling', { headers });
  const webSocket = await new Promise((resolve) => {
    const socket = new WebSocket(`${base.url().replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers });
    socket.once('open', () => { socket.terminate(); resolve('open'); });
    socket.once('unexpected-response', (_request, response) => { response.destroy(); socket.terminate(); resolve(response.statusCode); });
    socket.once('error', (error) => resolve(error.message));
  });
  const allow = (answer) => [answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-allow-credentials')];
  return { plain: allow(plain), polling: allow(polling), pollingStatus: polling.status, webSocket };
}

const preflight = (base, origin) => request(base.url(), 'OPTIONS', '/api/conversations', {
  headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,content-type,idempotency-key,x-dialect' },
});

test('by default any origin may come, without credentials', async () => {
  assert.deepEqual(await fares(server, 'https://anywhere.test'), { plain: ['*', null], polling: ['*', null], pollingStatus: 200, webSocket: 'open' });
  const { status, headers } = await preflight(server, 'https://anywhere.test');
  assert.ok(status === 200 || status === 204);
  assert.match(headers.get('access-control-allow-methods'), /PATCH|\*/);
  // A "*" would not cover Authorization.
  assert.match(headers.get('access-control-allow-headers').toLowerCase(), /authorization/);
});

describe('with a list of origins', () => {
  const strict = sharedServer({ env: { NATTER_GATEWAY__ORIGINS: 'https://one.test,https://two.test' } });

  test('those on it may come, with credentials', async () => {
    for (const origin of ['https://one.test', 'https://two.test']) {
      assert.deepEqual(await fares(strict, origin), { plain: [origin, 'true'], polling: [origin, 'true'], pollingStatus: 200, webSocket: 'open' });
    }
    const { headers } = await preflight(strict, 'https://one.test');
    assert.equal(headers.get('access-control-allow-origin'), 'https://one.test');
    assert.match(headers.get('access-control-allow-headers').toLowerCase(), /authorization/);
  });

  test('others are refused, on WebSocket too', async () => {
    for (const origin of ['https://three.test', 'https://one.test.evil.test', 'http://one.test', 'null']) {
      const { plain, polling, webSocket } = await fares(strict, origin);
      assert.deepEqual([plain, polling].map(([allowed]) => allowed === origin || allowed === '*'), [false, false], origin);
      assert.equal(webSocket, 403, origin);
    }
    const { headers } = await preflight(strict, 'https://three.test');
    assert.ok(!['https://three.test', '*'].includes(headers.get('access-control-allow-origin')));
  });

  test('programs, which name no origin, may come', async () => {
    const user = await person(strict);
    await user.connect();
    await user.connect({ transports: ['polling'] });
    await assert.rejects(user.connect({ extraHeaders: { origin: 'https://three.test' } }));
  });
});
