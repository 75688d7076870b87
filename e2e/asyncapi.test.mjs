// The description of all events: valid, complete, and true of what really comes (contract, sections 2 to 5).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Parser } from '@asyncapi/parser';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { DescribedEvents, Witness } from './harness/described.mjs';
import { ok, request } from './harness/http.mjs';
import { seconds, token } from './harness/jwt.mjs';
import { form, png } from './harness/media.mjs';
import { directId, groupId, people, strangeId } from './harness/people.mjs';
import { VOCABULARY } from './harness/snake.mjs';
import { until } from './harness/wait.mjs';

const RELAYED = ['strokePoint', 'cursor:move'];
const server = sharedServer({ env: { NATTER_GATEWAY__RELAY_EVENTS: RELAYED.join(',') } });

/** Every event that either dialect's table lists for clients, by dialect. */
const ASKED = {
  colon: ['join:conversation', 'leave:conversation', 'send:message', 'typing:start', 'typing:stop', 'message:read', 'message:edit',
    'message:delete', 'message:react', 'presence:get', 'sync', 'session:refresh'],
  snake: ['send_direct_message', 'send_group_message', 'mark_as_read', 'join_group', 'leave_group', 'typing_start', 'typing_stop',
    'edit_message', 'delete_message', 'react_message', 'get_presence', 'sync', 'session_refresh'],
};

/** What `connect_error` says. */
const REFUSALS = {
  colon: ['Authentication error: Token required', 'Authentication error: Invalid token', 'Authentication error: User not found'],
  snake: ['No token provided', 'Authentication failed', 'User not found'],
};

let described;
before(async () => {
  await server.started;
  described = await DescribedEvents.of(server.url());
});

describe('/asyncapi.json', () => {
  for (const dialect of ['colon', 'snake']) {
    test(`has the contract's events of the ${dialect} dialect, the relayed ones, and no others`, () => {
      const sorted = (names) => [...names].sort();
      assert.deepEqual(sorted(described.names(dialect, 'receive')), sorted(['connect', ...ASKED[dialect], ...RELAYED]));
      assert.deepEqual(sorted(described.names(dialect, 'send')), sorted([...VOCABULARY[dialect], ...RELAYED]));
    });

    test(`has the texts of connect_error of the ${dialect} dialect`, () => {
      const { message } = described.message(dialect, 'server.connect_error').payload.properties;
      for (const text of [...REFUSALS[dialect], 'Unknown dialect', 'Service unavailable']) assert.ok(message.enum.includes(text), text);
    });
  }
});

/** A witness, and a way to connect clients of a dialect that it watches. */
function witness(dialect) {
  const seen = new Witness(described);
  const [ready, auth] = [dialect === 'snake' ? 'session_ready' : 'session:ready', { dialect }];
  const connect = async (user, own = user.token) => {
    const client = seen.watch(dialect, new Client(server.url(user.gateway), { auth: { ...auth, token: own } }));
    await client.connected();
    await client.next(ready);
    return client;
  };
  return { seen, connect };
}

const conclude = (seen, dialect) => {
  assert.deepEqual(seen.faults(), []);
  assert.deepEqual(seen.told(dialect), [...VOCABULARY[dialect], 'strokePoint'].sort());
  assert.deepEqual(seen.carriedOut(dialect), [...ASKED[dialect], 'strokePoint'].sort());
};

/** Changes a group's picture and members, and deletes it. */
async function changeGroup(admin, member, group) {
  const http = async (call) => ok(await call);
  await http(admin.put(`/api/conversations/${group}/photo`, form('photo', png(), 'a.png', 'image/png')));
  await http(admin.delete(`/api/conversations/${group}/photo`));
  await http(admin.patch(`/api/conversations/${group}`, { name: 'Renamed' }));
  await http(admin.delete(`/api/conversations/${group}/participants/${member.id}`));
  await http(admin.post(`/api/conversations/${group}/participants`, { participantIds: [member.id] }));
}

describe('what comes is what is described', () => {
  test('in the colon dialect', async () => {
    const { seen, connect } = witness('colon');
    const [a, b, c] = await people(server, 3);
    const [sa, sb, sc] = [await connect(a), await connect(b), await connect(c)];
    const [direct, group] = [await directId(a, b), await groupId([a, b, c])];
    for (const client of [sa, sb]) {
      await client.must('join:conversation', { conversationId: direct, afterRev: 0 });
      await client.must('join:conversation', { conversationId: group });
    }
    const file = ok(await a.post('/api/media/upload', form('media', png(), 'a.png', 'image/png')));
    const first = await sa.must('send:message', { conversationId: direct, text: 'one', clientMessageId: 'c1' });
    const media = [{ url: file.url, type: 'image', filename: 'a.png', size: 7 }];
    const second = await sb.must('send:message', { conversationId: direct, media, messageType: 'image', replyTo: first.messageId });
    await sa.must('send:message', { conversationId: group, text: 'three' });
    await sa.next('message:delivered');
    await sc.next('conversation:updated', ({ conversation }) => conversation.lastSeq === 1);
    await sb.must('message:read', { conversationId: direct, messageIds: [first.messageId] });
    await sa.next('messages:read');
    await sa.must('typing:start', { conversationId: direct });
    await sa.must('typing:stop', { conversationId: direct });
    await sb.next('typing:stop');
    await sa.must('message:edit', { messageId: first.messageId, text: 'edited' });
    await sa.must('message:react', { messageId: second.messageId, emoji: '👍' });
    await sa.must('message:react', { messageId: second.messageId, emoji: '👍', remove: true });
    await sa.must('strokePoint', { roomId: direct, strokeId: 's', color: '#f00', brushSize: 2, point: { x: 1, y: 2 } });
    await sb.next('strokePoint');
    await sa.must('message:delete', { messageId: first.messageId });
    await sb.next('message:deleted');
    await sa.must('presence:get', { userIds: [b.id, strangeId(), 'no id'] });
    await sb.must('sync', { cursors: [{ conversationId: direct, rev: 0 }, { conversationId: strangeId(), rev: 0 }, { conversationId: 'no id', rev: 0 }] });
    await changeGroup(a, c, group);
    await sa.next('group:member:joined');
    await sc.next('conversation:removed');
    await sa.must('leave:conversation', { conversationId: group });

    const none = strangeId();
    for (const [event, payload] of [
      ['join:conversation', { conversationId: none }], ['join:conversation', {}], ['send:message', { conversationId: direct }],
      ['send:message', { conversationId: direct, text: 'x', messageType: 'image' }], ['send:message', { conversationId: direct, messageType: 'audio' }],
      ['send:message', { conversationId: direct, text: 'x'.repeat(10_001) }], ['send:message', { conversationId: direct, text: 'x', replyTo: none }],
      ['send:message', { conversationId: none, text: 'x' }], ['send:message', { conversationId: direct, media: [{ url: '/media/x', type: 'image' }] }],
      ['typing:start', { conversationId: none }], ['message:read', { conversationId: none, messageIds: [] }],
      ['message:edit', { messageId: none, text: 'x' }], ['message:edit', { messageId: second.messageId, text: 'x' }],
      ['message:edit', { messageId: first.messageId, text: 'x' }], ['message:delete', { messageId: second.messageId }],
      ['message:react', { messageId: first.messageId, emoji: 'x' }], ['message:react', { messageId: second.messageId, emoji: ' ' }],
      ['presence:get', { userIds: 5 }], ['sync', {}], ['session:refresh', { token: 'rubbish' }],
      ['strokePoint', { roomId: none }], ['strokePoint', {}], ['strokePoint', { roomId: direct, point: 'x'.repeat(4096) }],
    ]) await sa.refused(event, payload);
    const stranger = await connect((await people(server, 1))[0]);
    await stranger.refused('join:conversation', { conversationId: direct });
    await stranger.refused('send:message', { conversationId: direct, text: 'x' });
    ok(await b.put(`/api/users/${a.id}/block`));
    for (const [socket, error] of [[sa, 'Action not available'], [sb, 'You cannot send messages to a blocked user']]) {
      await until(async () => (await socket.emit('send:message', { conversationId: direct, text: 'x' })).error === error, error);
    }
    ok(await b.delete(`/api/users/${a.id}/block`));
    const expiring = await connect(a, token({ sub: a.id, exp: seconds(30) }));
    await expiring.next('session:expiring');
    await expiring.must('session:refresh', { token: a.token });
    sb.close();
    await sa.next('user:offline', ({ userId }) => userId === b.id, 20_000);
    await connect(b);
    await sa.next('user:online', ({ userId }) => userId === b.id);
    sa.tell('no:such', {});
    await sa.next('error', ({ event }) => event === 'no:such');
    ok(await a.post('/api/auth/logout', {}));
    await sa.next('session:expired');
    conclude(seen, 'colon');
  });

  test('in the snake dialect', async () => {
    const { seen, connect } = witness('snake');
    const [a, b, c] = await people(server, 3);
    const [sa, sb, sc] = [await connect(a), await connect(b), await connect(c)];
    const group = await groupId([a, b, c]);
    for (const client of [sa, sb]) await client.must('join_group', group);
    await sc.must('join_group', { conversationId: group, afterRev: 0 });
    const file = ok(await a.post('/api/media/upload', form('media', png(), 'a.png', 'image/png')));
    const { message: first } = await sa.must('send_direct_message', { recipientId: b.id, content: 'one', clientMessageId: 'c1' });
    const direct = first.conversationId;
    const sent = { url: file.url, filename: 'a.png', size: 7, mimetype: 'image/png', messageType: 'image' };
    const { message: second } = await sb.must('send_direct_message', { recipientId: a.id, file: sent, replyTo: first._id });
    await sc.must('leave_group', { conversationId: group });
    await sa.next('user_left_group');
    await sa.must('send_group_message', { conversationId: group, content: 'three' });
    await sc.next('conversation_updated', ({ conversation }) => conversation.lastSeq === 1);
    await sa.next('message_delivered');
    await sb.must('mark_as_read', { messageId: first._id });
    await sa.next('message_read');
    await sa.must('typing_start', { conversationId: direct });
    await sa.must('typing_stop', { conversationId: direct });
    await sb.next('user_stopped_typing');
    await sa.must('edit_message', { messageId: first._id, content: 'edited' });
    await sa.must('react_message', { messageId: second._id, emoji: '👍' });
    await sa.must('strokePoint', { conversationId: direct, point: 1 });
    await sb.next('strokePoint');
    await sa.must('delete_message', { messageId: first._id });
    await sb.next('message_deleted');
    await sa.must('get_presence', { userIds: [b.id, 'no id'] });
    await sb.must('sync', { cursors: [{ conversationId: direct, rev: 0 }, { conversationId: 'no id', rev: 0 }], limit: 10 });
    await changeGroup(a, c, group);
    await sa.next('group_photo_removed');
    await sc.next('conversation_removed');
    await sb.must('leave_group', group);

    const none = strangeId();
    const to = (more) => ({ recipientId: b.id, ...more });
    for (const [event, payload] of [
      ['send_direct_message', { recipientId: none, content: 'x' }], ['send_direct_message', { recipientId: a.id, content: 'x' }],
      ['send_direct_message', to({})], ['send_direct_message', to({ content: 'x'.repeat(10_001) })], ['send_direct_message', to({ content: 'x', replyTo: none })],
      ['send_direct_message', to({ file: { url: '/uploads/x.png', messageType: 'image' } })], ['send_direct_message', {}],
      ['send_group_message', { conversationId: direct, content: 'x' }], ['send_group_message', { conversationId: group }],
      ['mark_as_read', { messageId: none }], ['join_group', direct], ['join_group', none], ['join_group', 5],
      ['typing_start', { conversationId: none }], ['edit_message', { messageId: none, content: 'x' }], ['edit_message', { messageId: first._id, text: 'x' }],
      ['edit_message', { messageId: second._id, content: 'x' }], ['delete_message', { messageId: second._id }],
      ['react_message', { messageId: first._id, emoji: 'x' }], ['get_presence', {}], ['sync', {}], ['session_refresh', { token: 'rubbish' }],
      ['strokePoint', { roomId: none }], ['strokePoint', {}],
    ]) {
      const ack = await sa.emit(event, payload);
      assert.equal(ack.success, false, `${event} ${JSON.stringify(payload)}`);
      sa.tell(event, payload);
      const told = await sa.next('error', (each) => each.event === event);
      assert.deepEqual([told.message, told.code], [ack.error, ack.code]);
    }
    const stranger = await connect((await people(server, 1))[0]);
    assert.equal((await stranger.emit('mark_as_read', { messageId: second._id })).success, false);
    ok(await b.put(`/api/users/${a.id}/block`));
    for (const [socket, whom, error] of [[sa, b, 'Action not available'], [sb, a, 'You cannot send messages to a blocked user']]) {
      await until(async () => (await socket.emit('send_direct_message', { recipientId: whom.id, content: 'x' })).error === error, error);
    }
    ok(await b.delete(`/api/users/${a.id}/block`));
    const expiring = await connect(a, token({ sub: a.id, exp: seconds(30) }));
    await expiring.next('session_expiring');
    await expiring.must('session_refresh', { token: a.token });
    sb.close();
    await sa.next('user_offline', ({ userId }) => userId === b.id, 20_000);
    await connect(b);
    await sa.next('user_online', ({ userId }) => userId === b.id);
    await sa.next('user_status_changed', ({ userId, status }) => userId === b.id && status === 'online');
    ok(await a.post('/api/auth/logout', {}));
    await sa.next('session_expired');
    conclude(seen, 'snake');
  });

  for (const dialect of ['colon', 'snake']) {
    test(`when a client of the ${dialect} dialect may not connect`, async () => {
      const [user] = await people(server, 1);
      for (const own of [undefined, 'rubbish', token({ sub: strangeId() })]) {
        const client = new Client(server.url(), { auth: { dialect, token: own } });
        const error = await client.connected().then(() => assert.fail('connected'), (each) => each);
        assert.equal(described.fault(dialect, 'server.connect_error', { message: error.message }), null, error.message);
      }
      assert.equal(described.fault(dialect, 'client.connect', { dialect, token: user.token }), null);
    });
  }
});

// Last, since it keeps this process busy for seconds: the server gives up idle connections meanwhile.
test('/asyncapi.json is AsyncAPI 3, and refers to nothing that is not there', async () => {
  const answer = await request(server.url(), 'GET', '/asyncapi.json');
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  // The newest version of AsyncAPI is not the one that most tools read.
  const parser = new Parser({ ruleset: { rules: { 'asyncapi-latest-version': 'off' } } });
  const { document, diagnostics } = await parser.parse(answer.body);
  assert.deepEqual(diagnostics, []);
  assert.equal(document.version(), '3.0.0');
  for (const [dialect, key] of described.everyMessage()) described.fault(dialect, key, null);
});
