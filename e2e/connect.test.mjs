// Who may connect and what they are told, on both transports (contract, section 2).

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { refused } from './harness/http.mjs';
import { seconds, token } from './harness/jwt.mjs';
import { pair, person, strangeId } from './harness/people.mjs';

const server = sharedServer();
let user;
before(async () => { user = await person(server); });

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const REQUIRED = 'Authentication error: Token required';
const INVALID = 'Authentication error: Invalid token';
const UNKNOWN_USER = 'Authentication error: User not found';

/** [what, token (made late, when the user exists), connect_error] */
const REFUSED = [
  ['no token', () => undefined, REQUIRED],
  ['an empty token', () => '', REQUIRED],
  ['null for a token', () => null, REQUIRED],
  ['no JWT', () => 'rubbish', INVALID],
  ['three parts of rubbish', () => 'a.b.c', INVALID],
  ['alg none', () => token({ sub: user.id }, { alg: 'none' }), INVALID],
  ['another secret', () => token({ sub: user.id }, { secret: 'another' }), INVALID],
  ['an algorithm not configured (HS512)', () => token({ sub: user.id }, { alg: 'HS512' }), INVALID],
  ['an algorithm not configured (RS256)', () => token({ sub: user.id }, { alg: 'RS256', key: privateKey }), INVALID],
  ['a cut signature', () => user.token.slice(0, -4), INVALID],
  ['expired beyond any leeway', () => token({ sub: user.id, exp: seconds(-31) }), INVALID],
  ['no exp', () => token({ sub: user.id, exp: undefined }), INVALID],
  ['exp of another type', () => token({ sub: user.id, exp: 'tomorrow' }), INVALID],
  ['not valid before a minute from now', () => token({ sub: user.id, nbf: seconds(60) }), INVALID],
  ['neither sub nor id', () => token({ name: 'nobody' }), INVALID],
  ['a user who does not exist', () => token({ sub: strangeId() }), UNKNOWN_USER],
  ['an unknown user in claim id', () => token({ id: strangeId() }), UNKNOWN_USER],
  ['a sub that is no id', () => token({ sub: 'natter.*.>' }), UNKNOWN_USER],
  ['sub wins over id', () => token({ sub: strangeId(), id: user.id }), UNKNOWN_USER],
];

const message = (options) => new Client(server.url(), options).connected().then(() => 'connected', (error) => error.message);

for (const transport of ['websocket', 'polling']) {
  describe(`connecting by ${transport}`, () => {
    const transports = [transport];

    for (const [what, make, error] of REFUSED) {
      test(`${what}: ${error}`, async () => {
        assert.equal(await message({ transports, auth: { token: make() } }), error);
      });
    }

    test('a token that is no string is refused', async () => {
      assert.match(await message({ transports, auth: { token: { $ne: null } } }), /^Authentication error: (Invalid token|Token required)$/);
    });

    test('an unknown dialect is refused, in auth and in the query', async () => {
      assert.equal(await message({ transports, auth: { token: user.token, dialect: 'camel' } }), 'Unknown dialect');
      assert.equal(await message({ transports, auth: { token: user.token }, query: { dialect: 'camel' } }), 'Unknown dialect');
    });

    test('the dialect is taken from auth before the query', async () => {
      const options = { transports, auth: { token: user.token, dialect: 'colon' } };
      assert.equal(await message({ ...options, query: { dialect: 'camel' } }), 'connected');
      const client = await user.connect({ transports, query: { dialect: 'colon' } });
      await client.must('presence:get', { userIds: [user.id] });
    });

    test('the header Authorization serves where auth has no token', async () => {
      const extraHeaders = { authorization: `Bearer ${user.token}` };
      assert.equal(await message({ transports, extraHeaders }), 'connected');
      assert.equal(await message({ transports, extraHeaders: { authorization: 'Bearer rubbish' } }), INVALID);
      assert.equal(await message({ transports, extraHeaders, auth: { token: 'rubbish' } }), INVALID);
    });

    test('tokens signed elsewhere with the secret are accepted, with sub or id', async () => {
      for (const claims of [{ sub: user.id }, { id: user.id }, { sub: user.id, nbf: seconds(-5) }]) {
        const client = await user.connect({ transports, token: token(claims) });
        assert.equal(client.seen('session:ready')[0].userId, user.id);
      }
    });

    test('session:ready is the first event and says who, where and until when', async () => {
      const exp = seconds(300);
      const client = await user.connect({ transports, token: token({ sub: user.id, exp }) });
      const [{ event, payload }] = client.log;
      assert.equal(event, 'session:ready');
      assert.deepEqual(Object.keys(payload).sort(), ['expiresAt', 'serverTime', 'socketId', 'userId']);
      assert.equal(payload.userId, user.id);
      assert.equal(payload.socketId, client.socket.id);
      assert.equal(payload.expiresAt, new Date(exp * 1000).toISOString());
      assert.match(payload.serverTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.parse(payload.serverTime) - Date.now()) < 60_000);
    });
  });
}

test('HTTP refuses the same tokens with 401', async () => {
  for (const [, make] of REFUSED) {
    refused(await user.get('/api/users/me', { token: make() }), 401, 'UNAUTHENTICATED');
  }
});

test('after session:ready, personal events reach the socket without any join', async () => {
  const { a, b, id } = await pair(server);
  const client = await b.connect();
  const sender = await a.join(id);
  await sender.must('send:message', { conversationId: id, text: 'hello' });
  const { conversation } = await client.next('conversation:updated', (each) => each.conversation._id === id);
  assert.equal(conversation.lastSeq, 1);
});

test('a namespace other than / is refused and harms nobody', async () => {
  const client = new Client(`${server.url()}/admin`, { auth: { token: user.token } });
  await assert.rejects(client.connected());
  await user.connect();
});
