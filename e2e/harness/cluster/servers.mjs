// The servers that a cluster needs: real ones, on free ports of 127.0.0.1, with directories of their own.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../ports.mjs';
import { Program } from '../program.mjs';

const TOOLS = fileURLToPath(new URL('../../../.tools/bin', import.meta.url));

/** A server's program: from PATH, or from where scripts/setup puts it. */
export function find(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), TOOLS, '/usr/sbin'];
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is missing. Install it with: scripts/setup`);
  return found;
}

/** Whether a server says something that begins with `expected`, after `greeting` where there is one. */
export function says(port, expected, greeting) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const end = (answer) => { socket.destroy(); resolve(answer); };
    socket.once('connect', () => { if (greeting) socket.write(greeting); else if (!expected) end(true); });
    socket.once('data', (data) => end(data.toString().startsWith(expected)));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false));
  });
}

/** A server with a `url`, to be paused, killed and started again on the same port. */
export class Server extends Program {
  constructor(name, port, url, settings) {
    super(name, settings);
    this.port = port;
    this.url = url;
  }

  /** SIGTERM; who needed it has ended by now. */
  async finish() {
    if (!this.isRunning) return;
    this.continue();
    await this.terminate();
  }
}

/** Not started yet: a nats-server with its defaults, core NATS alone, payloads of at most 1 MB. */
export async function nats({ log, onLoss }) {
  const port = await freePort();
  return new Server('nats', port, `nats://127.0.0.1:${port}`, {
    command: find('nats-server'), args: ['--addr', '127.0.0.1', '--port', port], isReady: () => says(port, 'INFO '), log, onLoss,
  });
}

/** Not started yet: a redis-server that stores nothing, as docs/redis.md asks for: restarted, it is empty. */
export async function redis({ directory, log, onLoss }) {
  const port = await freePort();
  await mkdir(directory, { recursive: true });
  return new Server('redis', port, `redis://127.0.0.1:${port}`, {
    command: find('redis-server'),
    args: ['--bind', '127.0.0.1', '--port', port, '--dir', directory, '--save', '', '--appendonly', 'no'],
    isReady: () => says(port, '+PONG', 'PING\r\n'),
    log, onLoss,
  });
}
