// A client of the snake dialect comes back again and again while it is written to. It holds back what comes until it has
// paged with `sync`, drops what the pages brought, and so sees everything once and in order (contract, sections 4 and 6).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { directId, people } from './harness/people.mjs';
import { snake, write } from './harness/snake.mjs';
import { SOON, times, until } from './harness/wait.mjs';

const PAIRS = 6;
const TIMES = 20;
/** Events that it stays for. */
const STAY = 3;
const server = sharedServer();

/** One page after `rev`, and the place in the client's record at which it came. */
const page = (client, conversationId, rev) => new Promise((resolve, reject) => {
  client.socket.timeout(SOON).emit('sync', { cursors: [{ conversationId, rev }] }, (late, ack) => {
    if (late) reject(late);
    else resolve({ ...ack.conversations[0], mark: client.mark() });
  });
});

/** Connects, pages what came after `rev`, stays for some events, and goes; resolves with the `rev`s that it saw, in order. */
async function visit(reader, conversationId, rev, gateway) {
  const client = await snake(reader, { gateway });
  const seen = [];
  let mark;
  for (let hasMore = true, changes; hasMore;) {
    ({ changes, rev, hasMore, mark } = await page(client, conversationId, rev));
    seen.push(...changes.map((each) => each.rev));
  }
  const revs = (from) => client.seen('new_message', undefined, from).map(({ message }) => message.rev);
  await until(() => revs(mark).length >= STAY, 'more messages');
  client.close();
  const before = revs().length - revs(mark).length;
  return [...seen, ...revs().filter((each, index) => index >= before || each > rev)];
}

test('who comes back while somebody writes sees every message once, and in order', async () => {
  await times(PAIRS, async () => {
    const [reader, writer] = await people(server, 2);
    const id = await directId(reader, writer);
    const sender = await snake(writer);
    let done = false;
    const writing = (async () => { while (!done) await write(sender, reader, 'one more'); })();
    const seen = [];
    try {
      for (let time = 0; time < TIMES; time += 1) seen.push(...await visit(reader, id, seen.at(-1) ?? 0, time));
    } finally {
      done = true;
      await writing;
    }
    assert.deepEqual(seen, seen.map((_rev, index) => index + 1));
  });
});
