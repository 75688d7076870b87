// The snake dialect: connecting, sessions, and how events are answered (contract, sections 1, 2 and 4).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { seconds, token } from './harness/jwt.mjs';
import { people, person, strangeId } from './harness/people.mjs';
import { TIME, keys } from './harness/shapes.mjs';
import { refusedByAck, snake } from './harness/snake.mjs';

const server = sharedServer();
let user;
before(async () => { user = await person(server); });

const message = (auth) => new Client(server.url(), { auth: { dialect: 'snake', ...auth } }).connected().then(() => 'connected', (error) => error.message);

/** [what, token, connect_error] */
const REFUSED = [
  ['no token', () => undefined, 'No token provided'],
  ['an empty token', () => '', 'No token provided'],
  ['rubbish', () => 'rubbish', 'Authentication failed'],
  ['alg none', () => token({ sub: user.id }, { alg: 'none' }), 'Authentication failed'],
  ['another secret', () => token({ sub: user.id }, { secret: 'another' }), 'Authentication failed'],
  ['expired', () => token({ sub: user.id, exp: seconds(-31) }), 'Authentication failed'],
  ['a user who does not exist', () => token({ sub: strangeId() }), 'User not found'],
];

describe('connecting', () => {
  for (const [what, make, error] of REFUSED) {
    test(`${what}: ${error}`, async () => { assert.equal(await message({ token: make() }), error); });
  }

  test('after a logout: Authentication failed', async () => {
    const gone = await person(server);
    ok(await gone.post('/api/auth/logout', {}));
    assert.equal(await message({ token: gone.token }), 'Authentication failed');
  });

  test('the dialect may be named in the query, and auth wins', async () => {
    const client = new Client(server.url(), { auth: { token: user.token }, query: { dialect: 'snake' } });
    await client.connected();
    await client.next('session_ready');
    const colon = new Client(server.url(), { auth: { token: user.token, dialect: 'colon' }, query: { dialect: 'snake' } });
    await colon.connected();
    await colon.next('session:ready');
  });

  test('session_ready says who and until when', async () => {
    const client = new Client(server.url(), { auth: { token: user.token, dialect: 'snake' } });
    await client.connected();
    const ready = await client.next('session_ready');
    assert.deepEqual(keys(ready), ['expiresAt', 'serverTime', 'socketId', 'userId']);
    assert.deepEqual([ready.userId, ready.socketId], [user.id, client.socket.id]);
    for (const time of [ready.serverTime, ready.expiresAt]) assert.match(time, TIME);
    assert.equal(client.log[0].event, 'session_ready');
  });
});

describe('sessions', () => {
  test('session_expiring at once where little is left, session_refresh goes on, and a bad token changes nothing', async () => {
    const [someone] = await people(server, 1);
    const client = await snake(user, { token: token({ sub: user.id, exp: seconds(30) }) });
    const expiring = await client.next('session_expiring');
    assert.deepEqual(keys(expiring), ['expiresAt']);
    await refusedByAck(client, 'session_refresh', { token: 'rubbish' }, 'UNAUTHENTICATED', 'Authentication failed');
    await refusedByAck(client, 'session_refresh', { token: someone.token }, 'UNAUTHENTICATED', 'Authentication failed');
    await refusedByAck(client, 'session_refresh', {}, 'VALIDATION', 'Invalid payload: token: is required');
    const ack = await client.must('session_refresh', { token: user.token });
    assert.ok(ack.expiresAt > expiring.expiresAt);
  });

  test('session_expired when the token runs out, and the server disconnects', async () => {
    const client = await snake(user, { token: token({ sub: user.id, exp: seconds(2) }) });
    assert.deepEqual(await client.next('session_expired'), { code: 'TOKEN_EXPIRED' });
    assert.equal(await client.gone(), 'io server disconnect');
  });

  test('session_expired after a logout', async () => {
    const leaver = await person(server);
    const client = await snake(leaver);
    ok(await leaver.post('/api/auth/logout', {}));
    assert.deepEqual(await client.next('session_expired'), { code: 'SESSION_REVOKED' });
    await client.gone();
  });
});

describe('answers', () => {
  test('a failure is told by the ack where there is one, else by error', async () => {
    const client = await snake(user);
    await refusedByAck(client, 'join_group', strangeId(), 'FORBIDDEN', 'Not a member');
    client.tell('join_group', strangeId());
    assert.deepEqual(await client.next('error'), { message: 'Not a member', code: 'FORBIDDEN', event: 'join_group' });
    client.tell('send_direct_message', { recipientId: user.id });
    const { code, event } = await client.next('error');
    assert.deepEqual([code, event], ['VALIDATION', 'send_direct_message']);
  });

  test('an event that there is not, one of the other dialect among them', async () => {
    const client = await snake(user);
    for (const event of ['send:message', 'join:conversation', 'new_message', 'no_such_event']) {
      await refusedByAck(client, event, {}, 'UNKNOWN_EVENT', 'Unknown event');
      client.tell(event, {});
      assert.deepEqual(await client.next('error'), { message: 'Unknown event', code: 'UNKNOWN_EVENT', event });
    }
    const colon = await user.connect();
    await colon.refused('send_direct_message', {}, 'UNKNOWN_EVENT', 'Unknown event');
  });

  const FAULTY = [
    ['send_direct_message', {}, 'recipientId'],
    ['send_direct_message', { recipientId: { $ne: null }, content: 'x' }, 'recipientId'],
    ['send_direct_message', { recipientId: 'x', content: 5 }, 'content'],
    ['send_direct_message', { recipientId: 'x', content: 'x', clientMessageId: 'x'.repeat(65) }, 'clientMessageId'],
    ['send_direct_message', { recipientId: 'x', file: 'x' }, 'file'],
    ['send_direct_message', { recipientId: 'x', file: { url: 5, messageType: 'image' } }, 'file'],
    ['send_direct_message', { recipientId: 'x', file: { url: '/uploads/x' } }, 'file'],
    ['send_direct_message', [], 'payload'],
    ['send_group_message', { content: 'x' }, 'conversationId'],
    ['send_group_message', 'id', 'payload'],
    ['mark_as_read', {}, 'messageId'],
    ['mark_as_read', { messageId: ['x'] }, 'messageId'],
    ['join_group', {}, 'conversationId'],
    ['join_group', 5, 'payload'],
    ['join_group', { conversationId: 'x', afterRev: -1 }, 'afterRev'],
    ['leave_group', { conversationId: null }, 'conversationId'],
    ['typing_start', {}, 'conversationId'],
    ['typing_stop', { conversationId: 5 }, 'conversationId'],
    ['edit_message', { messageId: 'x' }, 'content'],
    ['delete_message', {}, 'messageId'],
    ['react_message', { messageId: 'x' }, 'emoji'],
    ['get_presence', { userIds: 'x' }, 'userIds'],
    ['sync', {}, 'cursors'],
  ];

  test('faulty payloads name the field', async () => {
    const client = await snake(user);
    for (const [event, payload, field] of FAULTY) {
      await refusedByAck(client, event, payload, 'VALIDATION', new RegExp(`^Invalid payload: ${field}: .+`));
    }
  });
});

describe('the default dialect', () => {
  const snakes = sharedServer({ env: { NATTER_GATEWAY__DEFAULT_DIALECT: 'snake' } });

  test('may be this one, for sockets and HTTP', async () => {
    const native = await person(snakes);
    const client = new Client(snakes.url(), { auth: { token: native.token } });
    await client.connected();
    await client.next('session_ready');
    const other = await person(snakes);
    const { _id } = ok(await native.post('/api/conversations', { type: 'direct', participantId: other.id }));
    assert.equal(ok(await native.post(`/api/conversations/${_id}/messages`, { content: 'hi' }), 201).content, 'hi');
    const colon = await native.connect({ auth: { dialect: 'colon' } });
    assert.ok(colon.socket.connected);
    refused(await native.get('/api/conversations', { headers: { 'x-dialect': 'camel' } }), 400, 'VALIDATION', 'Unknown dialect');
  });
});
