// Registering, logging in, and refresh tokens that work once (contract, section 7).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { freshAccount, person } from './harness/people.mjs';
import { times } from './harness/wait.mjs';

const server = sharedServer({ env: { NATTER_AUTH__ACCESS_TOKEN_TTL: '5m' } });
const post = (path, body, base = server) => request(base.url(), 'POST', `/api/auth/${path}`, { body });

test('register answers the user and a pair of tokens', async () => {
  const account = freshAccount();
  const data = ok(await post('register', account), 201);
  assert.deepEqual(Object.keys(data).sort(), ['accessToken', 'expiresIn', 'refreshToken', 'user']);
  assert.match(data.user._id, /^[0-9a-f]{24}$/);
  assert.equal(data.user.username, account.username);
  assert.equal(data.user.name, account.name);
  assert.equal(data.expiresIn, 300, 'seconds, as configured');
  assert.ok(!JSON.stringify(data.user).includes('argon2'), 'no hash is told');
  const me = ok(await request(server.url(), 'GET', '/api/users/me', { token: data.accessToken }), 200);
  assert.equal(me._id, data.user._id);
  assert.equal(me.email, account.email);
});

test('a name and an address belong to one account', async () => {
  const { account } = await person(server);
  refused(await post('register', { ...freshAccount(), username: account.username }), 409, 'CONFLICT', 'Username already taken');
  refused(await post('register', { ...freshAccount(), email: account.email }), 409, 'CONFLICT', 'Email already registered');
  refused(await post('register', { ...freshAccount(), email: account.email.toUpperCase() }), 409, 'CONFLICT', 'Email already registered');
});

test('of 10 registrations of one name at once, one succeeds', async () => {
  const { username } = freshAccount();
  const statuses = (await times(10, () => post('register', { ...freshAccount(), username }))).map((each) => each.status);
  assert.equal(statuses.filter((each) => each === 201).length, 1, String(statuses));
  assert.equal(statuses.filter((each) => each === 409).length, 9, String(statuses));
});

describe('register refuses', () => {
  for (const [field, values] of Object.entries({
    username: [undefined, null, '', '   ', 5, [], { $ne: null }, 'x'.repeat(1000)],
    email: [undefined, null, '', 'no address', 5, ['a@b.c'], { $ne: null }],
    password: [undefined, null, '', 'short', 12345678901, { $ne: null }, 'x'.repeat(100_000)],
    name: [5, [], {}],
  })) {
    test(`a faulty ${field}`, async () => {
      for (const value of values) {
        const answer = await post('register', { ...freshAccount(), [field]: value });
        assert.ok([400, 413].includes(answer.status), `${JSON.stringify(value)?.slice(0, 40)}: ${answer.status} ${answer.bytes}`);
        refused(answer, answer.status, answer.status === 413 ? 'TOO_LARGE' : 'VALIDATION');
      }
    });
  }
});

test('login by address or by name', async () => {
  const { account, id } = await person(server);
  for (const who of [{ email: account.email }, { username: account.username }]) {
    const data = ok(await post('login', { ...who, password: account.password }), 200);
    assert.deepEqual(Object.keys(data).sort(), ['accessToken', 'expiresIn', 'refreshToken', 'user']);
    assert.equal(data.user._id, id);
  }
});

test('a wrong password and an unknown user are told the same', async () => {
  const { account } = await person(server);
  const wrong = await post('login', { email: account.email, password: 'not this one' });
  const unknown = await post('login', { email: freshAccount().email, password: 'not this one' });
  refused(wrong, 401, 'UNAUTHENTICATED', 'Invalid credentials');
  refused(unknown, 401, 'UNAUTHENTICATED', 'Invalid credentials');
  assert.deepEqual(wrong.body, unknown.body);
  refused(await post('login', { username: 'nobody at all', password: 'x' }), 401, 'UNAUTHENTICATED', 'Invalid credentials');
});

test('a login of an unknown user takes about as long as one with a wrong password', async () => {
  const { account } = await person(server);
  const median = async (body) => {
    const spans = [];
    for (let round = 0; round < 7; round += 1) {
      const start = performance.now();
      await post('login', body);
      spans.push(performance.now() - start);
    }
    return spans.sort((x, y) => x - y)[3];
  };
  const wrong = await median({ email: account.email, password: 'not this one' });
  const unknown = await median({ email: 'nobody@example.test', password: 'not this one' });
  assert.ok(unknown > wrong / 3, `unknown user ${unknown.toFixed(1)} ms, wrong password ${wrong.toFixed(1)} ms`);
});

for (const body of [{}, { email: { $ne: null }, password: { $ne: null } }, { email: 'a@b.c' }, { password: 'x' }, { username: [], password: 'x' }]) {
  test(`login refuses ${JSON.stringify(body)}`, async () => refused(await post('login', body), 400, 'VALIDATION'));
}

describe('refresh', () => {
  test('answers a new pair that works', async () => {
    const user = await person(server);
    const data = ok(await post('refresh', { refreshToken: user.refreshToken }), 200);
    assert.notEqual(data.refreshToken, user.refreshToken);
    ok(await user.get('/api/users/me', { token: data.accessToken }));
    ok(await post('refresh', { refreshToken: data.refreshToken }));
  });

  test('a client that raced itself gets the same successor, within the grace', async () => {
    const user = await person(server);
    const answers = (await times(10, () => post('refresh', { refreshToken: user.refreshToken }))).map((each) => ok(each, 200));
    assert.equal(new Set(answers.map((each) => each.refreshToken)).size, 1);
    ok(await user.get('/api/users/me', { token: answers[0].accessToken }));
    ok(await post('refresh', { refreshToken: answers[0].refreshToken }));
  });

  test('an older ancestor is reuse even within the grace', async () => {
    const user = await person(server);
    const second = ok(await post('refresh', { refreshToken: user.refreshToken }));
    const third = ok(await post('refresh', { refreshToken: second.refreshToken }));
    refused(await post('refresh', { refreshToken: user.refreshToken }), 401, 'UNAUTHENTICATED');
    refused(await post('refresh', { refreshToken: third.refreshToken }), 401, 'UNAUTHENTICATED');
  });

  test('an access token, rubbish and wrong types are refused', async () => {
    const user = await person(server);
    for (const bad of [user.token, 'rubbish', '']) {
      const answer = await post('refresh', { refreshToken: bad });
      refused(answer, bad === '' && answer.status === 400 ? 400 : 401);
    }
    for (const bad of [undefined, null, 5, {}, { $ne: null }]) refused(await post('refresh', { refreshToken: bad }), 400, 'VALIDATION');
  });
});

describe('without a grace', () => {
  const strict = sharedServer({ env: { NATTER_AUTH__REFRESH_GRACE: '0s' } });

  test('the second use of a refresh token revokes the whole session and disconnects its sockets', async () => {
    const user = await person(strict);
    const next = ok(await post('refresh', { refreshToken: user.refreshToken }, strict));
    const sockets = [await user.connect(), await user.connect({ token: next.accessToken })];
    refused(await post('refresh', { refreshToken: user.refreshToken }, strict), 401, 'UNAUTHENTICATED');
    for (const socket of sockets) {
      assert.deepEqual(await socket.next('session:expired'), { code: 'SESSION_REVOKED' });
      await socket.gone();
    }
    refused(await post('refresh', { refreshToken: next.refreshToken }, strict), 401, 'UNAUTHENTICATED');
    refused(await user.get('/api/users/me', { token: next.accessToken }), 401, 'UNAUTHENTICATED');
  });
});
