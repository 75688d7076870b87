// Who is online, with several sockets and a reload's grace (contract, section 3).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { directId, groupId, people, strangeId } from './harness/people.mjs';
import { TIME, keys } from './harness/shapes.mjs';
import { times } from './harness/wait.mjs';

const server = sharedServer();
const OFFLINE = 20_000;
const of = (user) => (payload) => payload.userId === user.id;

/** `watcher` shares a conversation with `subject` and with `later`, whose going serves as a marker. */
async function scene() {
  const [watcher, subject, later] = await people(server, 3);
  await directId(watcher, subject);
  await directId(watcher, later);
  return { watcher, subject, later, eyes: await watcher.connect(), marker: await later.connect() };
}

test('online with the first socket, offline with the last one', async () => {
  const { subject, eyes } = await scene();
  const first = await subject.connect();
  assert.deepEqual(await eyes.next('user:online', of(subject)), { userId: subject.id });
  const second = await subject.connect({ gateway: 1 });
  first.close();
  second.close();
  const event = await eyes.next('user:offline', of(subject), OFFLINE);
  assert.deepEqual(keys(event), ['lastSeen', 'userId']);
  assert.match(event.lastSeen, TIME);
  assert.equal(eyes.seen('user:online', of(subject)).length, 1);
  assert.equal(eyes.seen('user:offline', of(subject)).length, 1);
});

test('one of several sockets going, and a reload, are no change', async () => {
  const { subject, later, eyes, marker } = await scene();
  const [first, second] = [await subject.connect(), await subject.connect()];
  await eyes.next('user:online', of(subject));
  first.close();
  second.close();
  await subject.connect();
  marker.close();
  await eyes.next('user:offline', of(later), OFFLINE);
  eyes.none('user:offline', of(subject));
  assert.equal(eyes.seen('user:online', of(subject)).length, 1);
});

test('strangers are not told', async () => {
  const { subject, eyes } = await scene();
  const [stranger] = await people(server, 1);
  await stranger.connect();
  await subject.connect();
  await eyes.next('user:online', of(subject));
  eyes.none('user:online', of(stranger));
});

test('members of a group are told of each other', async () => {
  const members = await people(server, 3);
  await groupId(members);
  const [a, b, c] = members;
  const [sa, sb] = [await a.connect(), await b.connect()];
  await c.connect();
  for (const socket of [sa, sb]) await socket.next('user:online', of(c));
});

describe('presence:get and GET /api/presence', () => {
  test('tell status and lastSeen', async () => {
    const { watcher, subject, later, eyes, marker } = await scene();
    const [never] = await people(server, 1);
    marker.close();
    const { lastSeen } = await eyes.next('user:offline', of(later), OFFLINE);
    await subject.connect();
    const userIds = [subject.id, later.id, never.id];
    const { users } = await eyes.must('presence:get', { userIds });
    assert.deepEqual(users.map(({ userId, status }) => [userId, status]), [[subject.id, 'online'], [later.id, 'offline'], [never.id, 'offline']]);
    for (const user of users) assert.deepEqual(keys(user), ['lastSeen', 'status', 'userId']);
    assert.equal(users[1].lastSeen, lastSeen);
    assert.equal(users[2].lastSeen, null);
    const data = ok(await watcher.get(`/api/presence?userIds=${userIds}`), 200);
    assert.deepEqual(data.users.map(({ userId, status }) => [userId, status]), users.map(({ userId, status }) => [userId, status]));
    const profile = ok(await watcher.get(`/api/users/${subject.id}`));
    assert.equal(profile.isOnline, true);
    assert.deepEqual([ok(await watcher.get(`/api/users/${later.id}`))].map((each) => [each.isOnline, each.lastSeen]), [[false, lastSeen]]);
  });

  test('faulty payloads and over 100 ids are refused', async () => {
    const { watcher, eyes } = await scene();
    for (const userIds of [undefined, null, 'x', {}, [5], [null], { $ne: null }]) {
      await eyes.refused('presence:get', { userIds }, 'VALIDATION', /^Invalid payload: userIds/);
    }
    assert.deepEqual((await eyes.must('presence:get', { userIds: [] })).users, []);
    const many = Array.from({ length: 101 }, strangeId);
    refused(await watcher.get(`/api/presence?userIds=${many}`), 400, 'VALIDATION');
    ok(await watcher.get(`/api/presence?userIds=${many.slice(1)}`));
    refused(await watcher.get('/api/presence'), 400, 'VALIDATION');
  });

  test('ids that belong to nobody do no harm', async () => {
    const { eyes } = await scene();
    const { users } = await eyes.must('presence:get', { userIds: ['*', '>', 'a.b', strangeId()] });
    for (const user of users) assert.deepEqual([user.status, user.lastSeen], ['offline', null]);
  });
});

test('many sockets of one user coming and going at once end in the truth', async () => {
  const { subject, eyes } = await scene();
  const sockets = await times(10, (index) => subject.connect({ gateway: index }));
  await eyes.next('user:online', of(subject));
  for (const socket of sockets.slice(1)) socket.close();
  assert.equal((await eyes.must('presence:get', { userIds: [subject.id] })).users[0].status, 'online');
  sockets[0].close();
  await eyes.next('user:offline', of(subject), OFFLINE);
  assert.equal((await eyes.must('presence:get', { userIds: [subject.id] })).users[0].status, 'offline');
});
