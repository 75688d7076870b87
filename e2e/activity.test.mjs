// A user's own history (contract, section 7): noted, listed, nobody else's, in both dialects.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { people, person, Person } from './harness/people.mjs';
import { withServer } from './harness/standalone.mjs';
import { times } from './harness/wait.mjs';

const server = sharedServer();
const MEETING = { kind: 'meeting', reference: 'abc-defg-hij' };

const note = async (user, entry, options) => ok(await user.post('/api/activity', entry, options), 201);
const history = async (user, query = '') => ok(await user.get(`/api/activity${query}`), 200);

test('nothing at first', async () => {
  assert.deepEqual(await history(await person(server)), { items: [], nextCursor: null });
});

test('is noted as it was sent, and listed with the latest first', async () => {
  const user = await person(server);
  const from = Date.now();
  const first = await note(user, MEETING);
  assert.deepEqual(first, { _id: first._id, ...MEETING, details: null, createdAt: first.createdAt });
  assert.match(first._id, /^[0-9a-f]{24}$/);
  assert.ok(Math.abs(Date.parse(first.createdAt) - from) < 60_000, first.createdAt);
  const details = { minutes: 45, with: ['ben', null], 'a.b': { $set: 1.5 }, '': 'é🎉', deep: { x: { y: false } } };
  const second = await note(user, { kind: ' Anruf ☎ ', reference: '\u0000 "x" $ne', details, more: 'is left out' });
  assert.deepEqual(second, { _id: second._id, kind: ' Anruf ☎ ', reference: '\u0000 "x" $ne', details, createdAt: second.createdAt });
  const third = await note(user, { ...MEETING, details: null });
  const { items, nextCursor } = await history(user);
  assert.equal(nextCursor, null);
  assert.deepEqual(items.map(({ _id }) => _id).sort(), [third, second, first].map(({ _id }) => _id).sort());
  for (const each of [first, second, third]) assert.deepEqual(items.find(({ _id }) => _id === each._id), each);
  const places = items.map(({ createdAt, _id }) => `${createdAt} ${_id}`);
  assert.deepEqual(places, [...places].sort().reverse());
});

test('is one’s own: nobody else sees it, every device of one’s own does', async () => {
  const [a, b] = await people(server, 2);
  const entry = await note(a, MEETING);
  const login = ok(await request(server.url(1), 'POST', '/api/auth/login', { body: { email: a.account.email, password: a.account.password } }));
  const device = new Person(server, a.account, login, 1);
  assert.deepEqual((await history(device)).items, [entry]);
  const other = await note(device, { ...MEETING, user: b.id, userId: b.id });
  assert.deepEqual((await history(a)).items.map(({ _id }) => _id).sort(), [entry._id, other._id].sort());
  assert.deepEqual((await history(b, `?user=${a.id}&userId=${a.id}`)).items, []);
});

describe('in either dialect', () => {
  test('the same', async () => {
    const user = await person(server);
    const noted = [];
    for (const [query, headers] of [['', { 'x-dialect': 'snake' }], ['', { 'x-dialect': 'colon' }], ['?dialect=snake', {}], ['?dialect=colon', {}]]) {
      const entry = ok(await user.post(`/api/activity${query}`, { ...MEETING, details: { query } }, { headers }), 201);
      assert.deepEqual(entry, { _id: entry._id, ...MEETING, details: { query }, createdAt: entry.createdAt });
      noted.push(entry._id);
    }
    const plain = await history(user);
    assert.deepEqual(plain.items.map(({ _id }) => _id).sort(), noted.sort());
    for (const dialect of ['snake', 'colon']) {
      assert.deepEqual(await history(user, `?dialect=${dialect}`), plain);
      assert.deepEqual(ok(await user.get('/api/activity', { headers: { 'x-dialect': dialect } })), plain);
    }
  });

  test('one that is none is refused', async () => {
    const user = await person(server);
    refused(await user.post('/api/activity?dialect=kebab', MEETING), 400, 'VALIDATION');
    refused(await user.get('/api/activity', { headers: { 'x-dialect': 'kebab' } }), 400, 'VALIDATION');
    assert.deepEqual((await history(user)).items, []);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key) => ({ headers: { 'idempotency-key': key } });

  test('has it noted once, also by many at once', async () => {
    const [a, b] = await people(server, 2);
    const all = await times(10, (index) => note(a, { ...MEETING, reference: String(index) }, keyed('k')));
    for (const each of all) assert.deepEqual(each, all[0]);
    assert.deepEqual(await note(a, { kind: 'other', reference: 'other' }, keyed('k')), all[0]);
    assert.notEqual((await note(a, MEETING, keyed('K')))._id, all[0]._id);
    assert.notEqual((await note(b, MEETING, keyed('k')))._id, all[0]._id);
    assert.equal((await history(a)).items.length, 2);
  });

  test('without one each is another', async () => {
    const user = await person(server);
    const ids = await times(3, async () => (await note(user, MEETING))._id);
    assert.equal(new Set(ids).size, 3);
  });
});

describe('pages', () => {
  let user, all;
  before(async () => {
    user = await person(server);
    for (let index = 0; index < 7; index += 1) await note(user, { ...MEETING, reference: String(index) });
    all = (await history(user)).items;
    assert.equal(all.length, 7);
  });

  for (const limit of [1, 3, 7, 100]) {
    test(`of ${limit}`, async () => {
      const found = [];
      let cursor = '';
      do {
        const page = await history(user, `?limit=${limit}&cursor=${cursor}`);
        assert.ok(page.items.length > 0 && page.items.length <= limit);
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      assert.deepEqual(found, all);
    });
  }

  test('what comes meanwhile moves nothing', async () => {
    const first = await history(user, '?limit=4');
    await note(user, { ...MEETING, reference: 'late' });
    const rest = await history(user, `?limit=4&cursor=${first.nextCursor}`);
    assert.deepEqual([...first.items, ...rest.items], all);
    assert.equal(rest.nextCursor, null);
  });

  test('cursors and limits that are none', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=-1', 'limit=1&limit=2', 'cursor=rubbish', 'cursor=05', `cursor=05${'0'.repeat(15)}`, 'cursor=%00', 'cursor=a&cursor=b']) {
      refused(await user.get(`/api/activity?${query}`), 400, 'VALIDATION');
    }
  });
});

describe('what is refused', () => {
  const LARGE = { x: 'x'.repeat(4096) };
  const FAULTY = [
    ['no kind', { reference: 'x' }, 'kind'],
    ['no reference', { kind: 'x' }, 'reference'],
    ['a kind that is no text', { kind: 5, reference: 'x' }, 'kind'],
    ['an operator', { kind: { $ne: null }, reference: 'x' }, 'kind'],
    ['a blank kind', { kind: ' \n', reference: 'x' }, 'kind'],
    ['a long kind', { kind: 'x'.repeat(65), reference: 'x' }, 'kind'],
    ['a reference that is null', { kind: 'x', reference: null }, 'reference'],
    ['an empty reference', { kind: 'x', reference: '' }, 'reference'],
    ['a long reference', { kind: 'x', reference: 'x'.repeat(513) }, 'reference'],
    ['details that are text', { ...MEETING, details: 'x' }, 'details'],
    ['details that are a list', { ...MEETING, details: [1] }, 'details'],
    ['large details', { ...MEETING, details: LARGE }, 'details'],
  ];

  test('faulty fields, by name; and nothing is noted', async () => {
    const user = await person(server);
    for (const [what, body, field] of FAULTY) {
      const answer = await user.post('/api/activity', body);
      refused(answer, 400, 'VALIDATION');
      assert.ok(answer.error.startsWith(`Invalid payload: ${field}: `), `${what}: ${answer.error}`);
      assert.equal(answer.body.details.field, field, what);
    }
    for (const key of ['x'.repeat(65), '']) {
      refused(await user.post('/api/activity', MEETING, { headers: { 'idempotency-key': key } }), 400, 'VALIDATION');
    }
    assert.deepEqual((await history(user)).items, []);
  });

  test('the longest pass', async () => {
    const longest = { kind: 'é'.repeat(64), reference: '🎉'.repeat(512), details: { x: 'x'.repeat(4096 - '{"x":""}'.length) } };
    const user = await person(server);
    const entry = await note(user, longest);
    assert.deepEqual(entry, { _id: entry._id, ...longest, createdAt: entry.createdAt });
    assert.deepEqual((await history(user)).items, [entry]);
  });

  test('no token, a bad one, one that was logged out', async () => {
    const user = await person(server);
    for (const token of [undefined, 'x.y.z', '']) {
      refused(await request(server.url(), 'POST', '/api/activity', { body: MEETING, token }), 401, 'UNAUTHENTICATED');
      refused(await request(server.url(), 'GET', '/api/activity', { token }), 401, 'UNAUTHENTICATED');
    }
    ok(await user.post('/api/auth/logout', {}));
    refused(await user.post('/api/activity', MEETING), 401, 'UNAUTHENTICATED');
    refused(await user.get('/api/activity'), 401, 'UNAUTHENTICATED');
  });

  test('other methods', async () => {
    const user = await person(server);
    for (const method of ['PUT', 'PATCH', 'DELETE']) assert.equal((await user.call(method, '/api/activity', {})).status, 405, method);
  });
});

test('a page of the largest entries', async () => {
  const user = await person(server, {}, 1);
  const large = { kind: '🎉'.repeat(64), reference: '🎉'.repeat(512), details: { x: 'x'.repeat(4000) } };
  for (let index = 0; index < 10; index += 1) await times(10, () => note(user, large));
  const { items, nextCursor } = await history(user, '?limit=100');
  assert.deepEqual([items.length, nextCursor], [100, null]);
});

test('outlives kill -9 and a restart', () => withServer({}, async (own) => {
  const user = await person(own);
  const noted = [await note(user, MEETING), await note(user, { ...MEETING, details: { a: 1 } }, { headers: { 'idempotency-key': 'k' } })];
  await own.kill9();
  await own.restart();
  const { items } = await history(user);
  for (const each of noted) assert.deepEqual(items.find(({ _id }) => _id === each._id), each);
  assert.equal(items.length, 2);
  assert.deepEqual(await note(user, MEETING, { headers: { 'idempotency-key': 'k' } }), noted[1]);
}));
