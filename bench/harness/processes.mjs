// Programs that run beside the measurement, on free ports of 127.0.0.1, ended with it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT = 60_000;
const END_TIMEOUT = 30_000;
const PAUSE = 50;

const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** A port that was free a moment ago. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => { probe.once('error', reject).listen(0, '127.0.0.1', resolve); });
  const { port } = probe.address();
  await new Promise((resolve) => { probe.close(resolve); });
  return port;
}

/** A server's program: from PATH, or from where scripts/setup puts it. */
export function program(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), join(ROOT, '.tools/bin'), '/usr/sbin'];
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is missing: run scripts/setup`);
  return found;
}

/** Resolves with the first truthy value of `probe`; one that throws counts as "not yet". */
export async function until(probe, what, timeout = START_TIMEOUT) {
  const deadline = Date.now() + timeout;
  for (;;) {
    let fault;
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      fault = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms for ${what}${fault ? `: ${fault.message}` : ''}`);
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  }
}

/** Whether something accepts connections there. */
export const accepts = (port) => new Promise((resolve) => {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const tell = (answer) => { socket.destroy(); resolve(answer); };
  socket.once('connect', () => tell(true)).once('error', () => tell(false));
});

/** A directory for a server, removed by `remove`. */
export async function scratch() {
  const path = await mkdtemp(join(tmpdir(), 'natter-bench-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A started program, and what it prints. */
export class Running {
  #child;
  #exited;
  #text = '';

  constructor(name, path, args, env) {
    this.name = name;
    this.#child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => { this.#text = (this.#text + chunk).slice(-100_000); });
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => { this.#text += error.message; resolve('not started'); });
      this.#child.once('close', (code, signal) => resolve(code ?? signal));
    }).then((end) => { running.delete(this.#child); this.ended = end; });
  }

  get pid() { return this.#child.pid; }

  get output() { return this.#text; }

  /** Waits until `probe` is true; fails at once where the program ends instead. */
  async ready(probe) {
    await until(async () => this.ended !== undefined || (await probe()), `${this.name} to be ready`);
    if (this.ended !== undefined) throw new Error(`${this.name} ended with ${this.ended}:\n${this.#text}`);
    return this;
  }

  async stop() {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT);
    await this.#exited;
    clearTimeout(timer);
  }
}
