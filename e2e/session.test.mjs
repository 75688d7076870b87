// A session's end: expiry, refresh on the socket, logout (contract, section 2).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { seconds, token } from './harness/jwt.mjs';
import { pair, person } from './harness/people.mjs';
import { untilTime } from './harness/wait.mjs';

const server = sharedServer();

const login = async (user) => ok(await request(server.url(), 'POST', '/api/auth/login', {
  body: { email: user.account.email, password: user.account.password },
}), 200);

test('a token that ends soon: expiring at once, expired on time, then disconnected by the server', async () => {
  const user = await person(server);
  const exp = seconds(3);
  const client = await user.connect({ token: token({ sub: user.id, exp }) });
  const warning = await client.next('session:expiring');
  assert.deepEqual(warning, { expiresAt: new Date(exp * 1000).toISOString() });
  assert.deepEqual(await client.next('session:expired'), { code: 'TOKEN_EXPIRED' });
  assert.ok(Date.now() >= exp * 1000 - 100, 'not before its time');
  assert.ok(Date.now() < exp * 1000 + 5000, 'no leeway once connected');
  assert.equal(await client.gone(), 'io server disconnect');
});

test('the warning comes a minute before the end, not earlier', async () => {
  const user = await person(server);
  const exp = seconds(63);
  const client = await user.connect({ token: token({ sub: user.id, exp }) });
  await client.must('presence:get', { userIds: [user.id] });
  client.none('session:expiring');
  await client.next('session:expiring');
  assert.ok(Date.now() >= (exp - 61) * 1000);
});

test('session:refresh: the socket goes on under the new token, its rooms kept', async () => {
  const { a, id, sb } = await pair(server);
  const exp = seconds(3);
  const client = await a.join(id, { token: token({ sub: a.id, exp }) });
  await client.next('session:expiring');
  await client.must('session:refresh', { token: token({ sub: a.id, exp: seconds(600) }) });
  await untilTime((exp + 1) * 1000);
  await sb.must('send:message', { conversationId: id, text: 'still there?' });
  await client.next('new:message', ({ message }) => message.text === 'still there?');
  client.none('session:expired');
});

test('session:refresh refuses what is not a good token of the same user, and changes nothing', async () => {
  const [user, other] = [await person(server), await person(server)];
  const client = await user.connect();
  for (const bad of [other.token, 'rubbish', token({ sub: user.id }, { secret: 'another' }), token({ sub: user.id, exp: seconds(-60) })]) {
    const ack = await client.emit('session:refresh', { token: bad });
    assert.equal(ack.success, false);
  }
  await client.refused('session:refresh', { token: 5 }, 'VALIDATION', /^Invalid payload: token: /);
  const ack = await client.must('presence:get', { userIds: [user.id] });
  assert.equal(ack.users[0].userId, user.id);
});

test('an expired socket leaves its rooms and presence', async () => {
  const { a, b, id, sa, sb } = await pair(server);
  sa.close();
  const client = await a.join(id, { token: token({ sub: a.id, exp: seconds(3) }) });
  await client.next('session:expired');
  await sb.next('user:offline', ({ userId }) => userId === a.id, 20_000);
  const { users } = await sb.must('presence:get', { userIds: [a.id] });
  assert.equal(users[0].status, 'offline');
  assert.equal(b.id.length, 24);
});

test('logout ends this session, its sockets and its tokens, and no other session', async () => {
  const user = await person(server);
  const second = await login(user);
  const mine = await user.connect();
  const other = await user.connect({ token: second.accessToken });
  ok(await user.post('/api/auth/logout', {}));
  assert.deepEqual(await mine.next('session:expired'), { code: 'SESSION_REVOKED' });
  assert.equal(await mine.gone(), 'io server disconnect');
  refused(await user.get('/api/users/me'), 401, 'UNAUTHENTICATED');
  refused(await user.post('/api/auth/refresh', { refreshToken: user.refreshToken }), 401, 'UNAUTHENTICATED');
  await assert.rejects(new Client(server.url(), { auth: { token: user.token } }).connected(), { message: 'Authentication error: Invalid token' });
  await other.must('presence:get', { userIds: [user.id] });
  ok(await user.get('/api/users/me', { token: second.accessToken }));
  other.none('session:expired');
});

test('logout without a body is a logout of this session', async () => {
  const user = await person(server);
  ok(await user.post('/api/auth/logout'));
  refused(await user.get('/api/users/me'), 401, 'UNAUTHENTICATED');
});

test('logout everywhere ends all sessions, and tokens of another issuer made before it', async () => {
  const user = await person(server);
  const second = await login(user);
  const foreign = token({ sub: user.id, iat: seconds(-5) });
  const sockets = await Promise.all([user.token, second.accessToken, foreign].map((each) => user.connect({ token: each })));
  ok(await user.post('/api/auth/logout', { everywhere: true }));
  for (const socket of sockets) {
    assert.deepEqual(await socket.next('session:expired'), { code: 'SESSION_REVOKED' });
    assert.equal(await socket.gone(), 'io server disconnect');
  }
  for (const each of [second.accessToken, foreign]) refused(await user.get('/api/users/me', { token: each }), 401, 'UNAUTHENTICATED');
  const again = await login(user);
  ok(await user.get('/api/users/me', { token: again.accessToken }));
});
