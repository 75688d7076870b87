// Relayed events: shared, never stored (contract, section 5).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { crowd, directId, pair, people, say, strangeId } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { refusedByAck, snake, visit, writeGroup } from './harness/snake.mjs';
import { runBinary } from './harness/natter.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer({ env: { NATTER_GATEWAY__RELAY_EVENTS: 'strokePoint,cursor:move' } });
const stroke = (roomId, index = 0) => ({ roomId, strokeId: 's1', color: '#f00', brushSize: 2.5, point: { y: 1, x: index } });

test('reaches the others in the room, of both dialects, with the sender\'s id and nothing else changed', async () => {
  const { members: [a, , c], id, sockets: [sa, sb] } = await crowd(server, 3);
  const [sc, second, outside] = [await visit(c, id), await a.join(id), await c.connect()];
  sa.tell('strokePoint', stroke(id));
  for (const socket of [sb, sc, second]) {
    const point = await socket.next('strokePoint');
    assert.deepEqual(point, { userId: a.id, ...stroke(id) });
    assert.deepEqual(Object.keys(point), ['userId', 'roomId', 'strokeId', 'color', 'brushSize', 'point']);
  }
  sc.tell('cursor:move', { conversationId: id, userId: a.id, x: null, nested: [{ userId: 'kept' }] });
  for (const socket of [sa, sb]) {
    assert.deepEqual(await socket.next('cursor:move'), { userId: c.id, conversationId: id, x: null, nested: [{ userId: 'kept' }] });
  }
  const marker = await say(sa, id, 'marker');
  for (const socket of [sa, sb]) await socket.next('new:message', byId(marker.messageId));
  sa.none('strokePoint');
  sc.none('cursor:move');
  outside.none('strokePoint');
  assert.equal(ok(await a.get(`/api/conversations/${id}/messages`)).items.length, 1);
});

test('arrives in order from one sender', async () => {
  const { id, sa, sb } = await pair(server);
  for (let index = 0; index < 100; index += 1) sa.tell('strokePoint', stroke(id, index));
  await until(() => sb.seen('strokePoint').length >= 100, '100 points');
  assert.deepEqual(sb.seen('strokePoint').map(({ point }) => point.x), Array.from({ length: 100 }, (_, index) => index));
});

test('in direct conversations that need no join it reaches both users\' sockets of that dialect', async () => {
  const [a, b, stranger] = await people(server, 3);
  const id = await directId(a, b);
  const [a1, a2, b1, bColon, outside] = [await snake(a), await snake(a), await snake(b), await b.join(id), await snake(stranger)];
  await a1.must('strokePoint', stroke(id));
  for (const socket of [a2, b1, bColon]) assert.deepEqual(await socket.next('strokePoint'), { userId: a.id, ...stroke(id) });
  await bColon.must('strokePoint', stroke(id, 1));
  for (const socket of [a1, a2, b1]) assert.equal((await socket.next('strokePoint', ({ point }) => point.x === 1)).userId, b.id);
  a1.none('strokePoint', ({ point }) => point.x === 0);
  await refusedByAck(outside, 'strokePoint', stroke(id), 'FORBIDDEN', 'Not authorized');
});

test('is refused where one has not joined, and for what has no room', async () => {
  const { a, id, sb } = await pair(server);
  const outside = await a.connect();
  await outside.refused('strokePoint', stroke(id), 'FORBIDDEN', 'Not authorized');
  await outside.refused('strokePoint', stroke(strangeId()), 'FORBIDDEN', 'Not authorized');
  await outside.refused('cursor:move', { conversationId: id }, 'FORBIDDEN', 'Not authorized');
  for (const payload of [{}, { roomId: 5 }, { roomId: { $ne: null } }, { roomId: null, conversationId: null }]) {
    await outside.refused('strokePoint', payload, 'VALIDATION', /^Invalid payload: roomId: /);
  }
  for (const payload of [null, [], 'x', 7]) await outside.refused('strokePoint', payload, 'VALIDATION', /^Invalid payload: payload: /);
  await outside.refused('strokePoint', { ...stroke(id), point: 'x'.repeat(4096) }, 'TOO_LARGE', 'Payload too large');
  await outside.refused('notRelayed', stroke(id), 'UNKNOWN_EVENT', 'Unknown event');
  await outside.must('join:conversation', { conversationId: id });
  await outside.must('strokePoint', { ...stroke(id), point: 'x'.repeat(3500) });
  assert.equal((await sb.next('strokePoint')).point.length, 3500);
  await outside.must('leave:conversation', { conversationId: id });
  await outside.refused('strokePoint', stroke(id), 'FORBIDDEN', 'Not authorized');
});

test('stays out of a block, and out of a group that one was taken out of', async () => {
  const { a, b, id, sa, sb } = await pair(server);
  ok(await b.put(`/api/users/${a.id}/block`));
  await until(async () => (await sa.emit('send:message', { conversationId: id, text: 'x' })).error === 'Action not available', 'the block');
  await until(async () => {
    const from = sb.mark();
    await sa.must('strokePoint', stroke(id));
    await sb.must('presence:get', { userIds: [] });
    return sb.seen('strokePoint', undefined, from).length === 0;
  }, 'silence');
  const { members: [admin, member], id: group, sockets: [, sm] } = await crowd(server, 3);
  ok(await admin.delete(`/api/conversations/${group}/participants/${member.id}`));
  await until(async () => (await sm.emit('strokePoint', stroke(group))).code === 'FORBIDDEN', 'the room to be left');
});

describe('over the rate', () => {
  const limited = sharedServer({ env: { NATTER_LIMITS__RELAYS_PER_SECOND: '20', NATTER_LIMITS__EVENTS_PER_SECOND: '10' } });

  test('events are dropped, one error a second says so, and other events go on', async () => {
    const { id, sa, sb } = await pair(limited);
    for (let index = 0; index < 200; index += 1) sa.tell('strokePoint', stroke(id, index));
    const { code, event } = await sa.next('error');
    assert.deepEqual([code, event], ['RATE_LIMITED', 'strokePoint']);
    const marker = await say(sa, id, 'marker');
    await sb.next('new:message', byId(marker.messageId));
    const points = sb.seen('strokePoint').map(({ point }) => point.x);
    assert.ok(points.length >= 20 && points.length < 100, `${points.length} of 200`);
    assert.deepEqual(points, [...points].sort((x, y) => x - y));
    assert.ok(sa.seen('error').length <= 3, `${sa.seen('error').length} errors`);
    await until(async () => (await sa.emit('strokePoint', stroke(id))).success, 'the rate to pass');
  });

  test('in the snake dialect too', async () => {
    const { members, id, sockets: [, sb] } = await crowd(limited, 2);
    const client = await visit(members[0], id);
    for (let index = 0; index < 60; index += 1) client.tell('strokePoint', stroke(id, index));
    assert.equal((await client.next('error')).code, 'RATE_LIMITED');
    const marker = await writeGroup(client, id, 'marker');
    await sb.next('new:message', byId(marker._id));
  });
});

describe('names', () => {
  for (const name of ['new:message', 'send:message', 'new_message', 'typing_start', 'sync', 'error', 'connect']) {
    test(`${name} can't be relayed`, async () => {
      const env = { NATTER_GATEWAY__RELAY_EVENTS: `strokePoint,${name}` };
      const { code, output } = await runBinary(['check-config'], { env });
      assert.equal(code, 2, output);
      assert.match(output, new RegExp(`gateway\\.relay_events.*\`${name}\` is `));
    });
  }

  test('nor does the server start with one', async () => {
    const { code, output } = await runBinary(['standalone', '--listen', '127.0.0.1:0'], { env: { NATTER_GATEWAY__RELAY_EVENTS: 'new_message' } });
    assert.equal(code, 2, output);
    assert.match(output, /`new_message` is an event of a dialect, and can't be relayed/);
  });

  test('an empty list relays nothing', async () => {
    const { code, output } = await runBinary(['check-config'], { env: { NATTER_GATEWAY__RELAY_EVENTS: '' } });
    assert.equal(code, 0, output);
  });
});
