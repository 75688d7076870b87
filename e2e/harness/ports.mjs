// Ports of 127.0.0.1 for what tests start.

import { createServer } from 'node:net';

/**
 * Below those that the system gives to clients: what is restarted must find its port free, and who tries to reach it
 * meanwhile must not connect to itself.
 */
const FIRST = 20_000;

/**
 * Files of tests run beside each other, each in a process of its own. So each process has a block of ports to itself,
 * claimed by listening on the first of them until it ends: a port that was found free can't be another's a moment later.
 */
const BLOCKS = 60;
const BLOCK = 200;

const random = (below) => Math.floor(Math.random() * below);

/** Listens on the port; undefined if somebody does. */
function listen(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve());
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Whether nothing listens on the port. */
export async function isFree(port) {
  const probe = await listen(port);
  if (probe) await new Promise((resolve) => { probe.close(resolve); });
  return probe !== undefined;
}

/** The first port of a block that is this process's as long as it lives. */
async function claimBlock() {
  const start = random(BLOCKS);
  for (let tried = 0; tried < BLOCKS; tried += 1) {
    const first = FIRST + ((start + tried) % BLOCKS) * BLOCK;
    const claim = await listen(first);
    if (claim) {
      claim.unref();
      return first;
    }
  }
  throw new Error('every block of ports is claimed');
}

let block;
/** Not from the beginning of the block, where who had it last may have left something that starts again. */
let next = random(BLOCK);

/** A port on which nothing listens, and that neither this process nor another is given again soon. */
export async function freePort() {
  const first = await (block ??= claimBlock());
  for (let tried = 1; tried < BLOCK; tried += 1) {
    next = (next % (BLOCK - 1)) + 1;
    const port = first + next;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}
