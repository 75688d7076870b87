// Ports of 127.0.0.1 for what tests start.

import { createServer } from 'node:net';

/**
 * Below those that the system gives to clients: what is restarted must find its port free, and who tries to reach it
 * meanwhile must not connect to itself.
 */
const FIRST = 20_000;
const COUNT = 12_000;

/** Processes start at places of their own. */
let next = Math.floor(Math.random() * COUNT);

/** Whether nothing listens on the port. */
export function isFree(port) {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A port on which nothing listens, and that this process is not given again soon. */
export async function freePort() {
  for (let tried = 0; tried < COUNT; tried += 1) {
    next = (next + 1) % COUNT;
    const port = FIRST + next;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}
