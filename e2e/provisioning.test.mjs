// Users of another login service: made by its admin token, or when a good token of theirs comes for the first time.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { token } from './harness/jwt.mjs';
import { form, png } from './harness/media.mjs';
import { directId, freshAccount, person, strangeId } from './harness/people.mjs';
import { times } from './harness/wait.mjs';

const ADMIN = 'an-admin-token-only-for-tests-0123456789';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ISSUER = { NATTER_AUTH__ALGORITHMS: 'HS256,ES256', NATTER_AUTH__PUBLIC_KEY: keys.publicKey.export({ type: 'spki', format: 'pem' }) };
/** A token of the other login service. */
const foreign = (claims) => token(claims, { alg: 'ES256', key: keys.privateKey });
const get = (server, path, bearer, gateway = 0) => request(server.url(gateway), 'GET', path, { token: bearer });
const username = () => freshAccount().username;

describe('by an admin token', () => {
  const server = sharedServer({ env: { ...ISSUER, NATTER_AUTH__ADMIN_TOKEN: ADMIN } });
  const put = (id, body, bearer = ADMIN, gateway = 0) => request(server.url(gateway), 'PUT', `/api/users/${id}`, { token: bearer, body });

  test('a user is made, may be made again, and is changed', async () => {
    const id = strangeId();
    const name = username();
    const body = { username: name, name: 'Ada', email: `${name}@Example.org`, profileImage: 'https://a.example/a.png' };
    const made = ok(await put(id, body), 200);
    const expected = { _id: id, username: name, name: 'Ada', email: `${name}@example.org`, profileImage: 'https://a.example/a.png', createdAt: made.createdAt };
    assert.deepEqual(made, expected);
    for (let gateway = 0; gateway < 2; gateway += 1) assert.deepEqual(ok(await put(id, body, ADMIN, gateway), 200), expected);
    assert.deepEqual(ok(await put(id, {}), 200), expected);
    assert.deepEqual(ok(await put(id, { name: 'Ada Lovelace', email: null, profileImage: null }), 200), { ...expected, name: 'Ada Lovelace', email: '', profileImage: null });
    assert.equal(ok(await get(server, '/api/users/me', foreign({ sub: id }))).name, 'Ada Lovelace');
  });

  test('of many at once one is made, as all say', async () => {
    const id = strangeId();
    const body = { username: username() };
    const answers = await times(8, (index) => put(id, body, ADMIN, index));
    for (const answer of answers) assert.equal(ok(answer, 200).username, body.username);
  });

  test('such a user talks with others, in both dialects', async () => {
    const id = strangeId();
    ok(await put(id, { username: username(), name: 'Ada' }));
    const other = await person(server);
    const conversation = await directId(other, { id });
    const socket = new Client(server.url(), { auth: { token: foreign({ id }), dialect: 'snake' } });
    await socket.connected();
    await socket.next('session_ready');
    const joined = await other.join(conversation);
    await joined.must('send:message', { conversationId: conversation, text: 'hello' });
    assert.equal((await socket.next('new_message')).message.content, 'hello');
    await socket.must('send_direct_message', { recipientId: other.id, content: 'hi' });
    assert.equal((await joined.next('new:message', ({ message }) => message.text === 'hi')).message.senderId.name, 'Ada');
  });

  test('with a password they log in here, too; another one replaces it', async () => {
    const id = strangeId();
    const name = username();
    const logIn = (password) => request(server.url(), 'POST', '/api/auth/login', { body: { username: name, password } });
    ok(await put(id, { username: name }));
    refused(await logIn('correct horse'), 401, 'UNAUTHENTICATED', 'Invalid credentials');
    ok(await put(id, { password: 'correct horse' }));
    assert.equal(ok(await logIn('correct horse')).user._id, id);
    ok(await put(id, { password: 'battery staple' }));
    refused(await logIn('correct horse'), 401, 'UNAUTHENTICATED', 'Invalid credentials');
    ok(await logIn('battery staple'));
  });

  test('what is faulty or taken is refused, and makes nobody', async () => {
    const other = await person(server);
    const id = strangeId();
    const good = { username: username() };
    const invalid = (field, what) => `Invalid payload: ${field}: ${what}`;
    for (const [status, code, error, target, body] of [
      [400, 'VALIDATION', invalid('username', 'is required'), id, { name: 'Ada' }],
      [400, 'VALIDATION', invalid('username', 'must have 3 to 32 characters'), id, { username: 'a' }],
      [400, 'VALIDATION', invalid('email', 'must be an email address'), id, { ...good, email: 'ada' }],
      [400, 'VALIDATION', invalid('name', 'must be a string'), id, { ...good, name: 7 }],
      [400, 'VALIDATION', invalid('password', 'must have 8 to 128 characters'), id, { ...good, password: 'short' }],
      [400, 'VALIDATION', invalid('profileImage', 'must be an http(s) URL, or a file uploaded here'), id, { ...good, profileImage: 'javascript:alert(1)' }],
      [400, 'VALIDATION', invalid('id', 'must be 24 lower-case hex digits'), '8f14e45f-ceea-4e7a-9d2b-0a1b2c3d4e5f', good],
      [400, 'VALIDATION', invalid('id', 'must be 24 lower-case hex digits'), id.toUpperCase().replace(/^./, 'A'), good],
      [409, 'CONFLICT', 'Username already taken', id, { username: other.username.toUpperCase() }],
      [409, 'CONFLICT', 'Email already registered', id, { ...good, email: other.account.email }],
    ]) {
      refused(await put(target, body), status, code, error);
    }
    refused(await get(server, `/api/users/${id}`, other.token), 404, 'NOT_FOUND', 'User not found');
  });

  test('nobody else may', async () => {
    const user = await person(server);
    refused(await put(user.id, { name: 'x' }, null), 401, 'UNAUTHENTICATED', 'Token required');
    for (const bearer of [user.token, foreign({ sub: user.id }), ADMIN.slice(1), `${ADMIN}0`]) {
      refused(await put(user.id, { name: 'x' }, bearer), 401, 'UNAUTHENTICATED', 'Invalid token');
    }
    // And it is nobody's token elsewhere.
    refused(await get(server, '/api/users/me', ADMIN), 401, 'UNAUTHENTICATED', 'Invalid token');
    assert.equal(ok(await user.get('/api/users/me')).name, user.name);
  });

  test('without one on first sight, a user who is not there stays unknown', async () => {
    const id = strangeId();
    refused(await get(server, '/api/users/me', foreign({ sub: id })), 401, 'UNAUTHENTICATED', 'User not found');
    await assert.rejects(new Client(server.url(), { auth: { token: foreign({ sub: id }) } }).connected(), { message: 'Authentication error: User not found' });
    await assert.rejects(new Client(server.url(), { auth: { token: foreign({ sub: id }), dialect: 'snake' } }).connected(), { message: 'User not found' });
  });
});

describe('where none is configured', () => {
  const server = sharedServer();

  test('nobody may', async () => {
    const { token: own } = await person(server);
    const put = (bearer) => request(server.url(), 'PUT', `/api/users/${strangeId()}`, { token: bearer, body: { username: username() } });
    refused(await put(undefined), 401, 'UNAUTHENTICATED', 'Token required');
    for (const bearer of [own, ADMIN]) refused(await put(bearer), 403, 'FORBIDDEN', 'Provisioning is not configured');
  });
});

describe('on first sight', () => {
  const server = sharedServer({ env: { ...ISSUER, NATTER_AUTH__PROVISION: 'on_first_sight', NATTER_AUTH__USERNAME_CLAIM: 'nick' } });
  const me = async (claims, gateway) => ok(await get(server, '/api/users/me', foreign(claims), gateway));
  const connect = async (claims, auth = {}) => {
    const socket = new Client(server.url(), { auth: { token: foreign(claims), ...auth } });
    await socket.connected();
    return socket;
  };

  test('a good token makes its user, in both dialects and over HTTP', async () => {
    const [colon, snake, http] = [strangeId(), strangeId(), strangeId()];
    const nick = username();
    const claims = { sub: colon, nick, name: ' Ada ', picture: 'https://a.example/a.png', email: `${nick}@Example.org` };
    assert.equal((await (await connect(claims)).next('session:ready')).userId, colon);
    const { createdAt, ...made } = await me({ sub: colon });
    assert.deepEqual(made, { _id: colon, username: nick, name: 'Ada', email: `${nick}@example.org`, profileImage: 'https://a.example/a.png' });
    assert.equal((await (await connect({ id: snake }, { dialect: 'snake' })).next('session_ready')).userId, snake);
    assert.equal((await me({ sub: http }, 1))._id, http);
    // In a cluster it is another service that takes uploads.
    const sender = strangeId();
    ok(await request(server.url(), 'POST', '/api/media/upload', { token: foreign({ sub: sender, nick: `${nick}-2` }), body: form('media', png()) }));
    assert.equal((await me({ sub: sender })).username, `${nick}-2`);
    // A later token changes nothing.
    assert.equal((await me({ ...claims, name: 'Other' })).name, 'Ada');
  });

  test('two sockets at once make one user', async () => {
    for (let round = 0; round < 5; round += 1) {
      const claims = { sub: strangeId(), nick: username() };
      const sockets = await times(6, (index) => connect(claims, { dialect: index % 2 ? 'snake' : 'colon' }));
      assert.equal(sockets.length, 6);
      assert.equal((await me(claims)).username, claims.nick);
    }
  });

  test('a name that is taken gets another end, also among many at once; an address that is taken is left out', async () => {
    const nick = username();
    const email = `${nick}@example.org`;
    const all = await times(6, (index) => me({ sub: strangeId(), nick, email }, index));
    assert.equal(all.filter((each) => each.username === nick).length, 1);
    for (const each of all.filter(({ username: name }) => name !== nick)) assert.equal(each.username, `${nick}-${each._id.slice(18)}`);
    assert.equal(new Set(all.map((each) => each.username)).size, 6);
    assert.equal(all.filter((each) => each.email === email).length, 1);
  });

  test('what is faulty is left out; without a name one is found', async () => {
    const id = strangeId();
    const { createdAt, ...made } = await me({ sub: id, nick: 7, name: 'x'.repeat(200), picture: 'javascript:alert(1)', email: 'nobody' });
    const name = `user-${id.slice(18)}`;
    assert.deepEqual(made, { _id: id, username: name, name, email: '', profileImage: null });
    const unproven = await me({ sub: strangeId(), nick: username(), email: `${username()}@example.org`, email_verified: false });
    assert.equal(unproven.email, '');
  });

  test('a token that is not good, or names no id, makes nobody', async () => {
    const id = strangeId();
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const bad of [token({ sub: id }, { alg: 'ES256', key: other.privateKey }), foreign({ sub: id, exp: 1 }), 'x']) {
      refused(await get(server, '/api/users/me', bad), 401, 'UNAUTHENTICATED', 'Invalid token');
    }
    for (const sub of ['8f14e45f-ceea-4e7a-9d2b-0a1b2c3d4e5f', 'ada', '0'.repeat(24), id.toUpperCase().replace(/^./, 'A')]) {
      refused(await get(server, '/api/users/me', foreign({ sub })), 401, 'UNAUTHENTICATED', 'User not found');
      await assert.rejects(new Client(server.url(), { auth: { token: foreign({ sub }) } }).connected(), { message: 'Authentication error: User not found' });
    }
    const user = await person(server);
    refused(await user.get(`/api/users/${id}`), 404, 'NOT_FOUND', 'User not found');
  });
});
