// Reading back: before, after, around, cursors, search (contract, section 7).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { groupId, pair, people, say } from './harness/people.mjs';
import { MESSAGE_KEYS, keys } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
const COUNT = 130;
const down = (from, count) => Array.from({ length: count }, (_, index) => from - index);
const up = (from, count) => Array.from({ length: count }, (_, index) => from + index);

describe('history', () => {
  let scene;
  before(async () => {
    scene = await pair(server);
    for (let index = 1; index <= COUNT; index += 1) await say(scene.sa, scene.id, `message ${index}`);
  });
  const page = async (query) => ok(await scene.b.get(`/api/conversations/${scene.id}/messages?${query}`), 200);
  const seqs = async (query) => (await page(query)).items.map(({ seq }) => seq);

  test('without parameters: the newest 50, newest first', async () => {
    const { items } = await page('');
    assert.deepEqual(items.map(({ seq }) => seq), down(COUNT, 50));
    assert.deepEqual(keys(items[0]), MESSAGE_KEYS);
    assert.equal(items[0].text, `message ${COUNT}`);
  });

  test('before: newest first; after: oldest first; both without their bound', async () => {
    assert.deepEqual(await seqs('before=100&limit=5'), down(99, 5));
    assert.deepEqual(await seqs('before=4&limit=50'), [3, 2, 1]);
    assert.deepEqual(await seqs('before=1'), []);
    assert.deepEqual(await seqs('after=100&limit=5'), up(101, 5));
    assert.deepEqual(await seqs('after=0&limit=3'), [1, 2, 3]);
    assert.deepEqual(await seqs(`after=${COUNT}`), []);
  });

  test('around: on both sides of the one asked for', async () => {
    const around = (await seqs('around=60&limit=11')).sort((x, y) => x - y);
    assert.deepEqual(around, up(around[0], around.length));
    assert.ok(around.length >= 10 && around.length <= 11, String(around));
    assert.ok(around[0] >= 53 && around[0] <= 57 && around.includes(60), String(around));
    assert.ok((await seqs('around=1&limit=10')).includes(1));
    assert.ok((await seqs(`around=${COUNT}&limit=10`)).includes(COUNT));
  });

  test('cursors lead through everything once, in both directions', async () => {
    for (const [query, expected] of [['', down(COUNT, COUNT)], ['after=0', up(1, COUNT)]]) {
      const seen = [];
      let cursor = '';
      for (let pages = 0; pages < 10; pages += 1) {
        const { items, nextCursor } = await page(`${query}&limit=40${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        seen.push(...items.map(({ seq }) => seq));
        if (!nextCursor) break;
        cursor = nextCursor;
      }
      assert.deepEqual(seen, expected);
    }
  });

  test('at most 100', async () => {
    const answer = await scene.b.get(`/api/conversations/${scene.id}/messages?limit=1000`);
    if (answer.status === 400) refused(answer, 400, 'VALIDATION');
    else assert.equal(ok(answer).items.length, 100);
    assert.equal((await page('limit=100')).items.length, 100);
  });

  test('faulty parameters', async () => {
    for (const query of ['before=x', 'after=-1', 'around=1.5', 'limit=x', 'limit=-1', 'cursor=rubbish', 'before[$ne]=1&before=x', 'before=99999999999999999999999']) {
      refused(await scene.b.get(`/api/conversations/${scene.id}/messages?${query}`), 400, 'VALIDATION');
    }
  });

  test('one message by its id', async () => {
    const { items: [first] } = await page('after=0&limit=1');
    const message = ok(await scene.b.get(`/api/messages/${first._id}`), 200);
    assert.deepEqual(keys(message), MESSAGE_KEYS);
    assert.equal(message.text, 'message 1');
  });
});

describe('search', () => {
  let a, b, c, own, shared, hits;
  before(async () => {
    [a, b, c] = await people(server, 3);
    shared = await groupId([a, b, c]);
    own = await groupId([a, b]);
    const sa = await a.connect();
    hits = [
      await say(sa, shared, 'the quick brown fox'),
      await say(sa, own, 'a FOX in its hole'),
      await say(sa, shared, 'nothing of the kind'),
      await say(sa, shared, 'Füchse und Öl, 你好世界'),
    ];
  });
  const search = async (user, q, more = '') => ok(await user.get(`/api/messages/search?q=${encodeURIComponent(q)}${more}`), 200).items;
  const ids = (items) => items.map(({ _id }) => _id).sort();

  test('finds words whatever their case, in the caller\'s conversations only', async () => {
    await until(async () => (await search(b, 'fox')).length === 2, 'both');
    assert.deepEqual(keys((await search(b, 'fox'))[0]), MESSAGE_KEYS);
    assert.deepEqual(ids(await search(c, 'fox')), [hits[0].messageId]);
    assert.deepEqual(await search((await people(server, 1))[0], 'fox'), []);
  });

  test('in one conversation', async () => {
    assert.deepEqual(ids(await search(b, 'fox', `&conversationId=${own}`)), [hits[1].messageId]);
    assert.ok([403, 404].includes((await c.get(`/api/messages/search?q=fox&conversationId=${own}`)).status));
  });

  test('words of other scripts', async () => {
    assert.deepEqual(ids(await search(b, 'Füchse')), [hits[3].messageId]);
  });

  test('follows edits and deletions', async () => {
    const sa = await a.connect();
    const { messageId } = await say(sa, own, 'pangolin');
    await sa.must('message:edit', { messageId, text: 'armadillo' });
    assert.deepEqual(await search(a, 'pangolin'), []);
    assert.deepEqual(ids(await search(a, 'armadillo')), [messageId]);
    await sa.must('message:delete', { messageId });
    assert.deepEqual(await search(a, 'armadillo'), []);
  });

  test('operators of the search engine are plain text', async () => {
    for (const q of ['"', '*', 'fox*"', 'fox OR nothing AND', 'NEAR(', 'text:fox', '(', "'; DROP TABLE messages; --", '^fox', '{a b}', '-', '\u0000', '%', 'x'.repeat(1000)]) {
      const answer = await b.get(`/api/messages/search?q=${encodeURIComponent(q)}`);
      assert.ok([200, 400].includes(answer.status), `${q}: ${answer.bytes}`);
    }
    for (const query of ['', '?q=', '?q=%20', '?q[$ne]=x']) refused(await b.get(`/api/messages/search${query}`), 400, 'VALIDATION');
  });

  test('in pages', async () => {
    const sa = await a.connect();
    for (let index = 0; index < 5; index += 1) await say(sa, own, `zebra ${index}`);
    const seen = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const { items, nextCursor } = ok(await b.get(`/api/messages/search?q=zebra&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
      assert.ok(items.length <= 2);
      seen.push(...items.map(({ _id }) => _id));
      if (!nextCursor) break;
      cursor = nextCursor;
    }
    assert.equal(seen.length, 5);
    assert.equal(new Set(seen).size, 5);
  });
});
