// What one client may do, and how it is told that it was too much (contract, section 8).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { form, jpeg } from './harness/media.mjs';
import { freshAccount, pair, person, say } from './harness/people.mjs';
import { times, until } from './harness/wait.mjs';

/** Asserts that an HTTP answer says "too often", and when to come back. */
function tooOften(answer) {
  refused(answer, 429, 'RATE_LIMITED');
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= 60, `Retry-After: ${answer.headers.get('retry-after')}`);
}

describe('registrations', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__REGISTRATIONS_PER_MINUTE: '3' } });

  test('of one address', async () => {
    const register = (headers) => request(server.url(), 'POST', '/api/auth/register', { body: freshAccount(), headers });
    for (let index = 0; index < 3; index += 1) ok(await register(), 201);
    tooOften(await register());
    tooOften(await register({ 'x-forwarded-for': '203.0.113.7' }));
  });
});

describe('behind a trusted proxy', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__REGISTRATIONS_PER_MINUTE: '2', NATTER_GATEWAY__TRUSTED_HOPS: '1' } });

  test('an address is the one that the proxy added, whatever the client claims', async () => {
    const register = (from) => request(server.url(), 'POST', '/api/auth/register', { body: freshAccount(), headers: { 'x-forwarded-for': from } });
    for (const from of ['203.0.113.7', '198.51.100.1, 203.0.113.7']) ok(await register(from), 201);
    tooOften(await register('198.51.100.2, 203.0.113.7'));
    ok(await register('203.0.113.7, 203.0.113.8'), 201);
  });
});

describe('logins', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__LOGINS_PER_MINUTE: '3' } });

  test('of one address', async () => {
    const { account } = await person(server);
    const login = (password) => request(server.url(), 'POST', '/api/auth/login', { body: { email: account.email, password } });
    for (let index = 0; index < 3; index += 1) refused(await login('wrong'), 401, 'UNAUTHENTICATED');
    tooOften(await login(account.password));
  });
});

describe('connections', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__CONNECTIONS_PER_USER: '2' } });

  test('of one user', async () => {
    const [user, other] = [await person(server), await person(server)];
    const first = await user.connect();
    await user.connect();
    const third = new Client(server.url(), { auth: { token: user.token } });
    await assert.rejects(third.connected());
    await other.connect();
    first.close();
    await until(() => user.connect().then(() => true), 'a place to be free again');
  });
});

describe('connections', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__CONNECTIONS_PER_ADDRESS: '3' } });

  test('from one address', async () => {
    const users = await times(4, () => person(server));
    const sockets = [];
    for (const user of users.slice(0, 3)) sockets.push(await user.connect());
    await assert.rejects(users[3].connect());
    sockets[0].close();
    await until(() => users[3].connect().then(() => true), 'a place to be free again');
  });
});

describe('events', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__EVENTS_PER_SECOND: '10' } });

  test('of one socket: too many are refused, the socket stays, and may soon go on', async () => {
    const user = await person(server);
    const [client, other] = [await user.connect(), await user.connect()];
    const acks = await times(200, () => client.emit('presence:get', { userIds: [] }));
    const over = acks.filter(({ success }) => !success);
    assert.ok(over.length >= 100, `${over.length} of 200 refused`);
    assert.ok(acks[0].success);
    for (const ack of over) assert.equal(ack.code, 'RATE_LIMITED');
    await until(() => client.seen('error', ({ code, event }) => code === 'RATE_LIMITED' && event === 'presence:get').length > 0, 'an error event');
    await other.must('presence:get', { userIds: [] });
    await until(async () => (await client.emit('presence:get', { userIds: [] })).success, 'the limit to pass');
  });
});

describe('events', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__EVENTS_PER_SECOND: '10' } });

  test('of a burst of messages those over the limit are refused, the others stored, and all answered in order', async () => {
    const { id, sa, sb } = await pair(server);
    const answered = [];
    const acks = await times(100, async (index) => {
      const ack = await sa.emit('send:message', { conversationId: id, text: String(index) });
      answered.push(index);
      return ack;
    });
    assert.deepEqual(answered, acks.map((_, index) => index));
    const stored = acks.flatMap(({ success }, index) => (success ? [index] : []));
    const over = acks.filter(({ success }) => !success);
    assert.ok(over.length >= 50, `${over.length} of 100 refused`);
    for (const ack of over) assert.equal(ack.code, 'RATE_LIMITED');
    const news = () => sb.seen('new:message').map(({ message }) => Number(message.text));
    await until(() => news().length === stored.length, 'what was acknowledged');
    assert.deepEqual(news(), stored);
    assert.deepEqual(stored.map((index) => acks[index].seq), stored.map((_, place) => place + 1));
  });
});

describe('the default pace of events', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__EVENTS_PER_SECOND: null, NATTER_GATEWAY__INBOUND_QUEUE: null } });

  test('allows a burst of 250 from one socket, in order', async () => {
    const { a, id } = await pair(server);
    const client = await a.connect();
    const acks = await times(250, (index) => say(client, id, String(index)));
    assert.deepEqual(acks.map(({ seq }) => seq), Array.from({ length: 250 }, (_, index) => index + 1));
  });
});

describe('messages', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__MESSAGES_PER_MINUTE: '5' } });

  test('of one user, by socket and HTTP together', async () => {
    const { a, id, sa, sb } = await pair(server);
    for (let index = 0; index < 4; index += 1) await say(sa, id, String(index));
    ok(await a.post(`/api/conversations/${id}/messages`, { text: 'by HTTP' }));
    await sa.refused('send:message', { conversationId: id, text: 'x' }, 'RATE_LIMITED');
    tooOften(await a.post(`/api/conversations/${id}/messages`, { text: 'x' }));
    assert.equal((await say(sb, id, 'another user')).seq, 6);
  });

  test('of a burst, as many as may be', async () => {
    const { id, sa } = await pair(server);
    const acks = await times(8, (index) => sa.emit('send:message', { conversationId: id, text: String(index) }));
    assert.deepEqual(acks.map(({ seq, code }) => seq ?? code), [1, 2, 3, 4, 5, ...Array(3).fill('RATE_LIMITED')]);
  });

  test('as many entries of a user’s own history, counted apart', async () => {
    const [user, other] = [await person(server), await person(server)];
    const note = (who) => who.post('/api/activity', { kind: 'meeting', reference: 'x' });
    for (let index = 0; index < 5; index += 1) ok(await note(user), 201);
    tooOften(await note(user));
    assert.equal(ok(await user.get('/api/activity')).items.length, 5);
    ok(await note(other), 201);
  });
});

describe('uploads', () => {
  const server = sharedServer({ env: { NATTER_LIMITS__UPLOADS_PER_MINUTE: '2' } });

  test('of one user', async () => {
    const [user, other] = [await person(server), await person(server)];
    const send = (who) => who.post('/api/media/upload', form('media', jpeg, 'a.jpg'));
    for (let index = 0; index < 2; index += 1) ok(await send(user));
    tooOften(await send(user));
    ok(await send(other));
  });
});
