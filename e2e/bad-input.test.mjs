// Bad input on every event: a clear error, the socket stays (or is closed where the protocol was broken), nothing else happens.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { pair, say, strangeId } from './harness/people.mjs';
import { RawSocket } from './harness/raw.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
let scene;
before(async () => { scene = await pair(server); });

const INVALID = /^Invalid payload: .+: .+/s;
const EVENTS = ['join:conversation', 'leave:conversation', 'send:message', 'typing:start', 'typing:stop', 'message:read', 'message:edit', 'message:delete',
  'message:react', 'presence:get', 'sync', 'session:refresh'];
const NO_OBJECT = [undefined, null, 5, -1.5, true, 'text', '', [], [{}], ['x', 1]];
const NO_ID = [undefined, null, 5, true, [], {}, ['x'], { $ne: null }, { $gt: '' }];
const STRANGE_IDS = ['*', '>', '.', 'a.b', 'natter.v1.>', `${'a'.repeat(23)}*`, '', ' ', '\u0000', 'x'.repeat(5000), '{"$ne":null}', '../..', 'ZZZZZZZZZZZZZZZZZZZZZZZZ'];
/** The id that each event needs first. */
const ID_FIELD = {
  'join:conversation': 'conversationId', 'leave:conversation': 'conversationId', 'send:message': 'conversationId', 'typing:start': 'conversationId',
  'typing:stop': 'conversationId', 'message:read': 'conversationId', 'message:edit': 'messageId', 'message:delete': 'messageId', 'message:react': 'messageId',
};
const REST = { text: 'x', emoji: '👍', messageIds: [] };

for (const event of EVENTS) {
  describe(event, () => {
    let client;
    before(async () => { client = await scene.a.connect(); });

    test('a payload that is no object', async () => {
      for (const payload of NO_OBJECT) await client.refused(event, payload, 'VALIDATION', INVALID);
      const bare = await client.emit(event);
      assert.deepEqual([bare.success, bare.code], [false, 'VALIDATION']);
      const binary = await client.emit(event, Buffer.from('binary'));
      assert.equal(binary.success, false);
    });

    const field = ID_FIELD[event];
    if (field) {
      test(`a ${field} that is no string`, async () => {
        for (const value of NO_ID) await client.refused(event, { ...REST, [field]: value }, 'VALIDATION', new RegExp(`^Invalid payload: ${field}: `));
      });

      test(`a ${field} that is no id`, async () => {
        for (const value of [...STRANGE_IDS, strangeId()]) {
          const ack = await client.emit(event, { ...REST, [field]: value });
          if (event === 'leave:conversation') continue; // leaving what one is not in may succeed
          assert.equal(ack.success, false, `${event} ${value}`);
          assert.ok(['NOT_FOUND', 'FORBIDDEN'].includes(ack.code), `${event} ${value}: ${ack.code}`);
        }
      });
    }

    test('fields that nobody knows are left alone', async () => {
      const ack = await client.emit(event, { [field ?? 'x']: strangeId(), ...REST, __proto__x: {}, constructor: 1, $where: 'x', userIds: [], cursors: [] });
      assert.equal(typeof ack.success, 'boolean');
    });
  });
}

test('unknown events', async () => {
  const client = await scene.a.connect();
  for (const event of ['no:such', 'new:message', 'session:ready', '', ' ', '$ne', 'send:message ', 'x'.repeat(100), '__proto__', 'SEND:MESSAGE']) {
    const from = client.mark();
    const ack = await client.emit(event, { conversationId: scene.id, text: 'x' });
    assert.deepEqual(ack, { success: false, error: 'Unknown event', code: 'UNKNOWN_EVENT' }, event);
    await until(() => client.seen('error', (payload) => payload.event === event, from).length === 1, `error event for ${event}`);
    assert.deepEqual(client.seen('error', undefined, from)[0], { message: 'Unknown event', code: 'UNKNOWN_EVENT', event });
  }
});

test('events of the other dialect are unknown', async () => {
  const client = await scene.a.connect();
  for (const event of ['send_direct_message', 'join_group', 'typing_start']) await client.refused(event, {}, 'UNKNOWN_EVENT', 'Unknown event');
});

describe('texts', () => {
  test('10,001 code points', async () => {
    const client = await scene.a.connect();
    for (const text of ['x'.repeat(10_001), '🙂'.repeat(10_001)]) await client.refused('send:message', { conversationId: scene.id, text }, null, 'Message is too long');
  });

  test('lone surrogates do no harm', async () => {
    const client = await scene.b.connect();
    const ack = await client.emit('message:react', { messageId: strangeId(), emoji: '\ud83d' });
    assert.equal(ack.success, false);
    await client.must('presence:get', { userIds: [] });
  });
});

describe('a raw connection', () => {
  const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  for (const [what, frame] of [
    ['over 64 KiB', () => `42${JSON.stringify(['send:message', { conversationId: scene.id, text: 'x'.repeat(70_000) }])}`],
    ['over 1 MiB', () => `42${JSON.stringify(['send:message', { conversationId: scene.id, text: 'x'.repeat(1_100_000) }])}`],
    ['100,000-deep JSON', () => `42["send:message",${deep(100_000)}]`],
    ['30,000-deep JSON within the limit', () => `42["send:message",${deep(30_000)}]`],
    ['deep JSON in a field', () => `42["send:message",{"conversationId":"${scene.id}","text":${deep(20_000)}}]`],
    ['deep JSON at the handshake', () => `40{"token":${deep(20_000)}}`],
    ['a second connect', () => `40${JSON.stringify({ token: scene.b.token })}`],
    ['no JSON', () => '42[oops'],
    ['half an event', () => '42["send:message",{"conversationId":'],
    ['an event without a name', () => '42[]'],
    ['an event named by a number', () => '42[5,{}]'],
    ['no array', () => '42{"a":1}'],
    ['an unknown packet type', () => '49["x"]'],
    ['an unknown engine packet', () => 'zzz'],
    ['an empty frame', () => ''],
    ['binary out of nowhere', () => Buffer.from([1, 2, 3])],
    ['a binary event that never gets its attachments', () => '451-["send:message",{"_placeholder":true,"num":0}]'],
    ['a binary event with a million attachments', () => '451000000-["send:message",{"_placeholder":true,"num":0}]'],
    ['an ack nobody asked for', () => '4399[{}]'],
    ['an enormous ack id', () => '4299999999999999999999999["presence:get",{"userIds":[]}]'],
    ['another namespace', () => '42/admin,["send:message",{}]'],
    ['a connect error from the client', () => '44{"message":"no"}'],
    ['duplicate keys', () => `42["join:conversation",{"conversationId":"${scene.id}","conversationId":5}]`],
    ['numbers beyond measure', () => `42["sync",{"cursors":[{"conversationId":"${scene.id}","rev":1e400}]}]`],
    ['a rev over 64 bits', () => `42["sync",{"cursors":[{"conversationId":"${scene.id}","rev":99999999999999999999}]}]`],
  ]) {
    test(what, async () => {
      const raw = await RawSocket.open(server.url(), scene.a.token);
      raw.send(frame());
      await raw.acknowledged('presence:get', { userIds: [] }); // or it is closed
      raw.end();
      const other = await scene.b.connect();
      await other.must('presence:get', { userIds: [scene.a.id] });
      other.close();
    });
  }

  test('over 64 KiB by polling', async () => {
    const base = `${server.url()}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1));
    const answer = await fetch(`${base}&sid=${sid}`, { method: 'POST', body: `4${'x'.repeat(200_000)}` });
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  });
});

test('the server is up and remembers nothing of it', async () => {
  ok(await scene.a.get('/api/users/me'));
  const { items } = ok(await scene.a.get(`/api/conversations/${scene.id}/messages`));
  assert.deepEqual(items, []);
  assert.equal((await say(await scene.a.connect(), scene.id, 'the first that counts')).seq, 1);
});
