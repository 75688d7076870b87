// Health, the description of the API, and what every response carries (contract, section 7).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { person, strangeId } from './harness/people.mjs';
import { freePort } from './harness/ports.mjs';
import { withServer } from './harness/standalone.mjs';

const server = sharedServer();
const get = (path, options) => request(server.url(), 'GET', path, options);

/** Every route of the contract's table that this server has. */
const ROUTES = `
POST /api/auth/register
POST /api/auth/login
POST /api/auth/refresh
POST /api/auth/logout
GET /api/users/me
PATCH /api/users/me
GET /api/users/{id}
GET /api/users
GET /api/users/blocked
PUT /api/users/{id}/block
DELETE /api/users/{id}/block
GET /api/presence
POST /api/conversations
GET /api/conversations
GET /api/conversations/{id}
PATCH /api/conversations/{id}
DELETE /api/conversations/{id}
POST /api/conversations/{id}/participants
DELETE /api/conversations/{id}/participants/{userId}
PUT /api/conversations/{id}/participants/{userId}/role
PUT /api/conversations/{id}/photo
DELETE /api/conversations/{id}/photo
GET /api/conversations/{id}/messages
POST /api/conversations/{id}/messages
POST /api/conversations/{id}/read
GET /api/conversations/{id}/receipts
GET /api/messages/{id}
PATCH /api/messages/{id}
DELETE /api/messages/{id}
PUT /api/messages/{id}/reactions/{emoji}
DELETE /api/messages/{id}/reactions/{emoji}
GET /api/messages/search
POST /api/sync
POST /api/media/upload
POST /api/upload
POST /api/activity
GET /api/activity
GET /healthz
GET /readyz`.trim().split('\n').map((line) => line.split(' '));

const PUBLIC = ['/api/auth/register', '/api/auth/login', '/api/auth/refresh', '/healthz', '/readyz'];

test('health: alive, ready', async () => {
  for (const path of ['/healthz', '/readyz']) assert.equal((await get(path)).status, 200);
});

test('metrics are Prometheus text', async () => {
  await person(server);
  const answer = await get('/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.bytes.toString(), /^# (HELP|TYPE) /m);
});

describe('health on its own port', () => {
  let port;
  before(async () => { port = await freePort(); });

  test('is served there, metrics too', () => withServer({ env: { NATTER_HEALTH__LISTEN: `127.0.0.1:${port}` } }, async (own) => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      assert.equal((await request(`http://127.0.0.1:${port}`, 'GET', path)).status, 200, path);
    }
    assert.equal((await request(own.url(), 'GET', '/healthz')).status, 200);
    assert.equal((await request(`http://127.0.0.1:${port}`, 'GET', '/api/users/me')).status, 404);
  }));
});

describe('/openapi.json', () => {
  let document;
  before(async () => { document = (await get('/openapi.json')).body; });

  test('is OpenAPI 3', () => assert.match(document.openapi, /^3\./));

  for (const [method, path] of ROUTES) {
    test(`describes ${method} ${path}`, () => {
      const shape = (each) => each.replace(/\{\w+\}/g, '{}');
      const [, item] = Object.entries(document.paths).find(([each]) => shape(each) === shape(path)) ?? [];
      assert.ok(item?.[method.toLowerCase()], `not in ${Object.keys(document.paths)}`);
    });
  }

  test('has no reference to nothing', () => {
    const text = JSON.stringify(document);
    for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      assert.ok(pointer.split('/').reduce((node, key) => node?.[key.replace(/~1/g, '/')], document), pointer);
    }
  });
});

test('/docs is a page, and needs nothing from elsewhere', async () => {
  let answer = await get('/docs');
  if (answer.status >= 300 && answer.status < 400) answer = await get(new URL(answer.headers.get('location'), `${server.url()}/docs`).pathname);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/html/);
  assert.doesNotMatch(answer.bytes.toString(), /(src|href)="https?:/);
});

test('every route but the public ones asks for a token', async () => {
  for (const [method, template] of ROUTES) {
    if (PUBLIC.includes(template)) continue;
    const path = template.replace('{id}', strangeId()).replace('{userId}', strangeId()).replace('{emoji}', 'x');
    refused(await request(server.url(), method, path, { body: ['GET', 'DELETE'].includes(method) ? undefined : {} }), 401, 'UNAUTHENTICATED');
  }
});

test('every response carries X-Request-Id, its own', async () => {
  const user = await person(server);
  const ids = new Set();
  for (const path of ['/api/users/me', '/api/nothing', '/healthz', '/openapi.json', '/', '/media/nothing']) {
    const id = (await user.get(path)).headers.get('x-request-id');
    assert.ok(id, path);
    ids.add(id);
  }
  assert.equal(ids.size, 6);
});

test('lists take a limit of 1 to 100 and an opaque cursor', async () => {
  const user = await person(server);
  for (const path of ['/api/conversations', '/api/users?search=u', '/api/users/blocked', '/api/messages/search?q=x', '/api/activity']) {
    const join = path.includes('?') ? '&' : '?';
    const data = ok(await user.get(`${path}${join}limit=1`), 200);
    assert.ok(Array.isArray(data.items), path);
    assert.ok(data.nextCursor === null || typeof data.nextCursor === 'string', path);
    for (const limit of ['x', '-1', '1.5']) refused(await user.get(`${path}${join}limit=${limit}`), 400, 'VALIDATION');
    refused(await user.get(`${path}${join}cursor=rubbish`), 400, 'VALIDATION');
  }
});
