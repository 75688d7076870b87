// Profiles (contract, section 7).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { jpeg, upload } from './harness/media.mjs';
import { freshAccount, pair, people, person, say, strangeId } from './harness/people.mjs';
import { byId, keys } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
const PROFILE_KEYS = ['_id', 'isOnline', 'lastSeen', 'name', 'profileImage', 'username'];

test('one\'s own profile has the address, another\'s has not', async () => {
  const [a, b] = await people(server, 2);
  const me = ok(await a.get('/api/users/me'), 200);
  assert.equal(me.email, a.account.email);
  for (const key of ['_id', 'username', 'name', 'profileImage']) assert.ok(key in me, key);
  const other = ok(await b.get(`/api/users/${a.id}`), 200);
  assert.deepEqual(other, { _id: a.id, username: a.username, name: a.name, profileImage: null, isOnline: false, lastSeen: null });
});

test('unknown users', async () => {
  const [a] = await people(server, 1);
  for (const id of [strangeId(), 'no-id', '*']) refused(await a.get(`/api/users/${id}`), 404, 'NOT_FOUND', 'User not found');
});

describe('PATCH /api/users/me', () => {
  test('changes name and picture, and what others see of them', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const image = await upload(a, jpeg, 'me.jpg');
    const changed = ok(await a.patch('/api/users/me', { name: 'New Name', profileImage: image.url }), 200);
    assert.deepEqual([changed.name, changed.profileImage], ['New Name', image.url]);
    assert.equal(ok(await b.get(`/api/users/${a.id}`)).name, 'New Name');
    await until(async () => {
      const { messageId } = await say(sa, id, 'who?');
      const { message } = await sb.next('new:message', byId(messageId));
      return message.senderId.name === 'New Name' && message.senderId.profileImage === image.url;
    }, 'the new name in messages');
    const removed = ok(await a.patch('/api/users/me', { profileImage: null }));
    assert.deepEqual([removed.name, removed.profileImage], ['New Name', null]);
  });

  test('changes the username, unless it is taken', async () => {
    const [a, b] = await people(server, 2);
    const { username } = freshAccount();
    assert.equal(ok(await a.patch('/api/users/me', { username })).username, username);
    refused(await b.patch('/api/users/me', { username }), 409, 'CONFLICT', 'Username already taken');
    assert.equal(ok(await b.patch('/api/users/me', { username: b.username })).username, b.username);
  });

  for (const body of [{ name: '' }, { name: ' ' }, { name: 5 }, { name: 'x'.repeat(5000) }, { username: '' }, { username: 'has space' }, { username: { $ne: null } },
    { profileImage: 5 }, { profileImage: 'javascript:alert(1)' }, [], 'x', null]) {
    test(`refuses ${JSON.stringify(body).slice(0, 40)}`, async () => {
      const [a] = await people(server, 1);
      refused(await a.patch('/api/users/me', JSON.stringify(body)), 400, 'VALIDATION');
    });
  }
});

describe('search', () => {
  test('by the beginning of username or name, whatever the case', async () => {
    const mark = freshAccount().username.replace(/\d/g, (digit) => 'abcdefghij'[digit]);
    const one = await person(server, { username: `${mark}one`, name: 'Zoë Quux' });
    const two = await person(server, { username: freshAccount().username, name: `${mark} Twosome` });
    await person(server, { name: `Not ${mark}` });
    const search = async (text) => ok(await one.get(`/api/users?search=${encodeURIComponent(text)}`), 200).items;
    const found = await search(mark.toUpperCase());
    assert.deepEqual(found.map(({ _id }) => _id).sort(), [one.id, two.id].sort(), 'by username and by name');
    for (const each of found) assert.deepEqual(keys(each), PROFILE_KEYS);
  });

  test('in pages, and wildcards are plain text', async () => {
    const mark = freshAccount().username;
    for (let index = 0; index < 5; index += 1) await person(server, { username: `${mark}n${index}` });
    const me = await person(server);
    const seen = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const { items, nextCursor } = ok(await me.get(`/api/users?search=${mark}n&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
      assert.ok(items.length <= 2);
      seen.push(...items.map(({ username }) => username));
      if (!nextCursor) break;
      cursor = nextCursor;
    }
    assert.deepEqual(seen.sort(), Array.from({ length: 5 }, (_, index) => `${mark}n${index}`));
    for (const text of ['%', '_', '*', "'", '\\', '%25']) {
      const { items } = ok(await me.get(`/api/users?search=${encodeURIComponent(text)}`));
      assert.deepEqual(items, [], text);
    }
  });
});
