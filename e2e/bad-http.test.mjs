// Bad input on every HTTP route: a clear error, and never a 500.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { crowd, say, strangeId } from './harness/people.mjs';

const server = sharedServer();
let scene;
before(async () => {
  const { members: [user, other], id, sockets: [socket] } = await crowd(server, 2);
  scene = { user, other, id, message: (await say(socket, id, 'hello')).messageId };
});

/** Routes that take a JSON body. */
const WITH_BODY = [
  ['POST', '/api/auth/register'], ['POST', '/api/auth/login'], ['POST', '/api/auth/refresh'],
  ['PATCH', '/api/users/me'], ['POST', '/api/conversations'], ['PATCH', '/api/conversations/:id'],
  ['POST', '/api/conversations/:id/participants'], ['PUT', '/api/conversations/:id/participants/:user/role'],
  ['POST', '/api/conversations/:id/messages'], ['POST', '/api/conversations/:id/read'], ['PATCH', '/api/messages/:message'], ['POST', '/api/sync'], ['POST', '/api/activity'],
];
const path = (template) => template.replace(':id', scene.id).replace(':user', scene.other.id).replace(':message', scene.message);
const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const BODIES = {
  'null': 'null', 'an array': '[]', 'a number': '5', 'a string': '"x"', 'an empty body': '', 'no JSON': '{oops', 'half of it': '{"a":',
  '100,000-deep JSON': deep(100_000), '20,000-deep JSON': deep(20_000), 'deep JSON in a field': `{"text":${deep(20_000)},"name":${deep(100)}}`,
  'not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
};

for (const [method, template] of WITH_BODY) {
  describe(`${method} ${template}`, () => {
    for (const [what, body] of Object.entries(BODIES)) {
      test(what, async () => {
        const answer = await scene.user.call(method, path(template), body, { headers: { 'content-type': 'application/json' } });
        assert.ok([400, 413].includes(answer.status), `${answer.status} ${answer.bytes}`);
        refused(answer, answer.status, answer.status === 413 ? 'TOO_LARGE' : 'VALIDATION');
      });
    }

    test('a body over the limit', async () => {
      const answer = await scene.user.call(method, path(template), { text: 'x'.repeat(2_000_000) });
      refused(answer, 413, 'TOO_LARGE');
    });

    test('another content type', async () => {
      const answer = await scene.user.call(method, path(template), 'a=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      assert.ok([400, 415].includes(answer.status), `${answer.status} ${answer.bytes}`);
      refused(answer, answer.status);
    });
  });
}

/** Routes with an id in the path. */
const WITH_ID = [
  ['GET', '/api/users/:x'], ['PUT', '/api/users/:x/block'],
  ['GET', '/api/conversations/:x'], ['PATCH', '/api/conversations/:x', { name: 'x' }], ['DELETE', '/api/conversations/:x'],
  ['GET', '/api/conversations/:x/messages'], ['POST', '/api/conversations/:x/messages', { text: 'x' }], ['POST', '/api/conversations/:x/read', { messageIds: [] }],
  ['GET', '/api/conversations/:x/receipts'], ['POST', '/api/conversations/:x/participants', { participantIds: [] }],
  ['DELETE', '/api/conversations/:x/photo'], ['GET', '/api/messages/:x'], ['PATCH', '/api/messages/:x', { text: 'x' }], ['DELETE', '/api/messages/:x'],
  ['PUT', '/api/messages/:x/reactions/x'],
];
const IDS = ['*', '%3E', 'natter.v1.%3E', 'a.b', '%7B%22$ne%22:null%7D', '%00', '%20', 'x'.repeat(3000), '%E2%82', '..%2f..', 'ZZZZZZZZZZZZZZZZZZZZZZZZ', strangeId()];

for (const [method, template, body] of WITH_ID) {
  test(`${method} ${template} of ids that are none`, async () => {
    for (const id of IDS) {
      const answer = await scene.user.call(method, template.replace(':x', id), body);
      assert.ok([404, 400].includes(answer.status), `${id}: ${answer.status} ${answer.bytes}`);
      if (/^[\w]{24}$/.test(id)) refused(answer, 404, 'NOT_FOUND');
    }
  });
}

test('unknown routes and methods', async () => {
  for (const [method, where] of [['GET', '/api/nothing'], ['GET', '/api'], ['POST', '/api/users/me/nothing'], ['GET', '/api/conversations/']]) {
    const answer = await scene.user.call(method, where);
    assert.ok([404, 405].includes(answer.status), `${method} ${where}: ${answer.status}`);
  }
  refused(await scene.user.get('/api/nothing'), 404, 'NOT_FOUND');
  assert.ok([404, 405].includes((await scene.user.put('/api/auth/login', {})).status));
});

test('faulty headers', async () => {
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic dTpw', 'Bearer a b', `Bearer ${'x'.repeat(7000)}`]) {
    const answer = await request(server.url(), 'GET', '/api/users/me', { headers: { authorization } });
    refused(answer, 401, 'UNAUTHENTICATED');
  }
  const keyed = await scene.user.post(`/api/conversations/${scene.id}/messages`, { text: 'x' }, { headers: { 'idempotency-key': 'x'.repeat(65) } });
  refused(keyed, 400, 'VALIDATION');
});

test('bytes that are no HTTP', async () => {
  const { port } = new URL(server.url());
  for (const bytes of ['\x00\x01\x02', 'GET\r\n\r\n', `GET /${'x'.repeat(200_000)} HTTP/1.1\r\n\r\n`, 'POST /api/auth/login HTTP/1.1\r\nContent-Length: -5\r\n\r\n',
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n']) {
    await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
      socket.once('close', resolve).once('error', resolve).resume();
    });
  }
  ok(await scene.user.get('/api/users/me'));
});
