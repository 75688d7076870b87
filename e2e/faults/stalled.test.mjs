// A client that stops reading while much is said: it is sent away, nothing is kept for it, and nobody else notices.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { groupId, people } from '../harness/people.mjs';
import { RawSocket } from '../harness/raw.mjs';
import { until } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene();
const TEXT = '\u{1f600}'.repeat(10_000);
/** Of 40 KB each: more than the kernel's buffers take, and for each who stalls many times what the gateway may keep. */
const MESSAGES = 1_000;
const AT_LEAST = 250;
/** What the gateway may take more than before: its bounded queues, and what an allocator keeps. */
const GROWTH = 64 * 1024 * 1024;
const STALLED = 4;

const resident = async ({ pid }) => Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Whether the server still has its side of this connection, by the kernel's table. */
async function isServed({ localPort, remotePort }) {
  const hex = (port) => port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1).map((line) => line.trim().split(/\s+/));
  const established = '01';
  return lines.some(([, local, remote, state]) => local?.endsWith(`:${hex(remotePort)}`) && remote.endsWith(`:${hex(localPort)}`) && state === established);
}

row('a client stops reading', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  const gateway = cluster.gateways[index % 2];
  const members = await people({ url: () => gateway.url }, STALLED + 3);
  const conversationId = await groupId(members);
  const [sender, reader, watcher] = await Promise.all(members.slice(STALLED).map((each) => each.join(conversationId)));
  const raws = await Promise.all(members.slice(0, STALLED).map(({ token }) => RawSocket.open(gateway.url, token)));
  for (const raw of raws) assert.ok(await raw.acknowledged('join:conversation', { conversationId }, 1));
  const before = await resident(gateway);
  const errands = load.acked.length;

  const stopped = Date.now();
  for (const raw of raws) raw.pause();
  let disconnected;
  const watching = until(async () => {
    const served = await Promise.all(raws.map((raw) => isServed(raw.socket._socket)));
    return !served.includes(true);
  }, 'the disconnects', 60_000).then(() => { disconnected = Date.now(); });
  let most = before;
  let sent = 0;
  const sending = (async () => {
    for (; sent < MESSAGES && (sent < AT_LEAST || !disconnected); sent += 1) {
      await sender.must('send:message', { conversationId, text: TEXT });
      if (sent % 10 === 0) most = Math.max(most, await resident(gateway));
    }
  })();
  await Promise.all([watching, sending]);
  most = Math.max(most, await resident(gateway));
  for (const socket of [reader, watcher]) {
    await until(() => socket.seen('new:message').length === sent, 'all messages', 30_000);
    assert.deepEqual(socket.seen('new:message').map(({ message }) => message.seq), Array.from({ length: sent }, (_, at) => at + 1));
    assert.equal(socket.disconnects.length, 0);
  }
  assert.ok(most - before < GROWTH, `the gateway grew by ${Math.round((most - before) / 1e6)} MB`);
  measured('stalled.disconnected', disconnected - stopped);
  measured('stalled.others', Math.max(...load.acked.slice(errands).map(({ since, at }) => at - since)));
  for (const raw of raws) raw.end();
  for (const socket of [sender, reader, watcher]) socket.close();
  await scene.check({ refusals: [] });
});
