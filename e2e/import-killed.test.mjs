// `natter import` that is killed, wherever it stands, and run again: what comes of it is what one whole run makes.

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { ok } from './harness/http.mjs';
import { Importing, NOT_ALL_IN, login, serving } from './harness/importing.mjs';
import { oid, oldDirect, oldGroup, oldMessage, oldSnakeMessage, oldUser } from './harness/mongoose.mjs';
import { BINARY, cleanEnvironment } from './harness/natter.mjs';
import { launch, watch } from './harness/program.mjs';
import { until } from './harness/wait.mjs';

const PEOPLE = 40;
const CONVERSATIONS = 60;
const MESSAGES = 3_000;
/** After these parts of all that there is to write, a run is killed. */
const KILLS = [0.02, 0.15, 0.4, 0.7, 0.95];

const numbers = (count) => Array.from({ length: count }, (_, index) => index + 1);
/** Of a group of four, the reader leaves out every seventh message, so that there are single reads beyond the watermark. */
const readBy = (n, sender, readers) => readers.filter((reader) => reader !== sender && n % 7 !== reader % 7).map((reader) => oid(1, reader));

/** Who is in the `n`th conversation: two, or four. */
const membersOf = (n) => (n % 2 ? [n % PEOPLE, (n + 1) % PEOPLE] : [0, 3, 5, 11].map((step) => (n + step) % PEOPLE)).map((each) => each + 1);

const users = numbers(PEOPLE).map((n) => oldUser(n, {
  // Some have another one's name or address, and some have blocked somebody.
  ...(n % 10 === 0 && { username: `USER${n - 9}`, email: `user${n - 9}@example.org` }), ...(n % 8 === 0 && { blockedUsers: [oid(1, n - 1)] }),
}));
const conversations = numbers(CONVERSATIONS).map((n) => (n % 2 ? oldDirect : oldGroup)(n, membersOf(n)));
const messages = numbers(MESSAGES).map((n) => {
  const conversation = 1 + (n % CONVERSATIONS);
  const members = membersOf(conversation);
  const sender = members[Math.floor(n / CONVERSATIONS) % members.length];
  if (conversation % 2 === 0) return oldSnakeMessage(n, conversation, sender, { readBy: readBy(n, sender, members) });
  // Some have lost their sender, and some have the name that an earlier one has.
  const clientMessageId = n % 3 ? undefined : `c${n > 2_800 ? n - 600 : n}`;
  return oldMessage(n, conversation, n % 500 === 0 ? PEOPLE + 1 : sender, { status: ['read', 'read', 'delivered', 'sent'][n % 4], clientMessageId });
});

const importing = new Importing();
let old;
before(async () => {
  await importing.started;
  old = await importing.old({ users, conversations, messages });
});

/** Kills a run as soon as `isDue` says so; whether it was still running. */
async function killed(args, env, isDue) {
  const child = launch(BINARY, ['import', '--from', old.url, ...args], { env: cleanEnvironment(env) });
  const { exited } = watch(child);
  await until(async () => child.exitCode !== null || (await isDue()), 'as much as is to be written', 120_000);
  child.kill('SIGKILL');
  return (await exited).signal === 'SIGKILL';
}

describe('into a MongoDB', () => {
  const WRITTEN = ['users', 'conversations', 'messages', 'watermarks', 'deliveries', 'blocks'];

  const ORDER = { watermarks: { conversationId: 1, userId: 1 }, blocks: { blocker: 1, blocked: 1 } };
  /** What is another thing each time: ids that the store makes, how often and by what something was written, when a block was set. */
  const VOLATILE = { conversations: ['epoch', 'version'], watermarks: ['_id', 'version'], deliveries: ['version', 'by'], blocks: ['_id', 'at'] };

  const everything = async ({ db }) => {
    const found = {};
    for (const collection of WRITTEN) {
      const shown = Object.fromEntries((VOLATILE[collection] ?? []).map((field) => [field, 0]));
      found[collection] = await db.collection(collection).find().project(shown).sort(ORDER[collection] ?? { _id: 1 }).toArray();
    }
    return found;
  };
  const size = async ({ db }) => {
    const counts = await Promise.all(['users', 'conversations', 'messages'].map((collection) => db.collection(collection).countDocuments()));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  test('all of it is as after one whole run', async () => {
    const whole = importing.database();
    const first = await importing.run(old, { env: { NATTER_MONGODB__URL: whole.url } });
    assert.equal(first.code, NOT_ALL_IN, first.output);
    const expected = await everything(whole);
    assert.equal(expected.users.length, PEOPLE);
    assert.ok(expected.watermarks.some(({ singles }) => singles.length > 0));

    const own = importing.database();
    const env = { NATTER_MONGODB__URL: own.url };
    const all = await size(whole);
    let kills = 0;
    for (const part of KILLS) {
      kills += await killed([], env, async () => (await size(own)) >= part * all);
      // What is written behind, every quarter of a second, may not have been reached.
      await own.db.collection('conversations').updateMany({}, [{ $set: { activeAt: '$createdAt' } }]);
    }
    assert.ok(kills >= KILLS.length - 1, `${kills} runs were killed`);
    const last = await importing.run(old, { env });
    assert.equal(last.code, NOT_ALL_IN, last.output);
    assert.equal(last.counts.messages.new + last.counts.messages.there, first.counts.messages.new);
    const found = await everything(own);
    for (const collection of WRITTEN) assert.deepEqual(found[collection], expected[collection], collection);
  });
});

describe('into standalone', () => {
  const size = async (directory) => {
    const files = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
    const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)).then((it) => it.size, () => 0));
    return (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
  };

  /** What some users see of everything that they are in. */
  const seen = (dataDir) => serving(dataDir, async (server) => {
    const all = {};
    for (const n of [1, 2, 11, 16]) {
      const person = await login(server, `user${n}`);
      const get = async (path) => ok(await person.get(path));
      const mine = (await get('/api/conversations?limit=100')).items;
      all[n] = { me: await get('/api/users/me'), blocked: (await get('/api/users/blocked')).items, mine };
      for (const { _id, lastSeq } of mine) {
        const path = `/api/conversations/${_id}`;
        const pages = numbers(Math.ceil(lastSeq / 100)).map((page) => get(`${path}/messages?limit=100&dialect=snake&after=${100 * (page - 1)}`));
        all[n][_id] = { receipts: await get(`${path}/receipts`), messages: (await Promise.all(pages)).flatMap(({ items }) => items) };
        assert.equal(all[n][_id].messages.length, lastSeq);
      }
    }
    return all;
  });

  test('all of it is as after one whole run', async () => {
    const whole = importing.dataDirectory();
    const first = await importing.run(old, { dataDir: whole });
    assert.equal(first.code, NOT_ALL_IN, first.output);
    const all = await size(whole);

    const dataDir = importing.dataDirectory();
    let kills = 0;
    for (const part of KILLS) kills += await killed(['--data-dir', dataDir], {}, async () => (await size(dataDir)) >= part * all);
    assert.ok(kills > 0, 'no run was killed');
    const last = await importing.run(old, { dataDir });
    assert.equal(last.code, NOT_ALL_IN, last.output);
    assert.equal(last.counts.messages.new + last.counts.messages.there, first.counts.messages.new);
    assert.deepEqual(await seen(dataDir), await seen(whole));
  });
});
