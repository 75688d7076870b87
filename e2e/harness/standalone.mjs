// Starts the real binary as one process on a free port with its own data directory, and stops it in every way there is.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { closeAll } from './client.mjs';
import { until } from './wait.mjs';

export const BINARY = process.env.NATTER_BIN ?? fileURLToPath(new URL('../../target/debug/natter', import.meta.url));

const START_TIMEOUT = 30_000;

/** The secret that every test server is given, so that tests can sign tokens of their own. */
export const JWT_SECRET = 'a-secret-only-for-tests-0123456789abcdef';

/** Rate limits off, and room for bursts: most tests are about something else, and all of them come from one address. */
const NO_LIMITS = {
  NATTER_GATEWAY__INBOUND_QUEUE: '4096',
  ...Object.fromEntries([
    'REGISTRATIONS_PER_MINUTE', 'LOGINS_PER_MINUTE', 'CONNECTIONS_PER_USER', 'CONNECTIONS_PER_ADDRESS',
    'EVENTS_PER_SECOND', 'MESSAGES_PER_MINUTE', 'UPLOADS_PER_MINUTE', 'RELAYS_PER_SECOND',
  ].map((name) => [`NATTER_LIMITS__${name}`, '0'])),
};

/** A port that was free a moment ago. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** This process's environment without any NATTER_ setting of the developer's, plus `settings`. */
export function cleanEnvironment(settings) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('NATTER_'));
  return { ...Object.fromEntries(kept), NATTER_LOG: process.env.NATTER_LOG ?? 'warn', ...settings };
}

/** Runs the binary to its end: `{code, signal, output}`. */
export async function runBinary(args, { env = {}, timeout = 20_000, cwd } = {}) {
  const child = spawn(BINARY, args, { env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'], cwd });
  const run = watch(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const { code, signal } = await run.exited;
  clearTimeout(timer);
  return { code, signal, output: run.output() };
}

/** Collects what a child prints and remembers how it ended. */
function watch(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => { text = (text + chunk).slice(-200_000); });
  }
  const exited = new Promise((resolve) => {
    child.once('error', (error) => { text += `\n${error.message}`; resolve({ code: null, signal: 'NOT_STARTED' }); });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { exited, output: () => text };
}

/** One standalone server. `url(i)` is the same for every `i`; a cluster answers with its several gateways. */
export class StandaloneServer {
  #child; #run; #ended; #port; #options;

  constructor(port, dataDir, options) {
    this.#port = port;
    this.#options = options;
    this.dataDir = dataDir;
  }

  static async start(options = {}) {
    const dataDir = await mkdtemp(join(tmpdir(), 'natter-e2e-'));
    const server = new StandaloneServer(await freePort(), dataDir, options);
    try {
      await server.#launch();
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
    return server;
  }

  /** The address of gateway `i`. */
  url(_index = 0) { return `http://127.0.0.1:${this.#port}`; }

  /** Everything that the process has printed since it was last started. */
  output() { return this.#run.output(); }

  get pid() { return this.#child.pid; }

  /** SIGTERM, and the exit code that it ends with within `timeout` ms. */
  async terminate(timeout = 20_000) {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeout);
    const { code, signal } = await this.#run.exited;
    clearTimeout(timer);
    return code ?? signal;
  }

  /** Ends the process with no chance to say goodbye. */
  async kill9() {
    this.#child.kill('SIGKILL');
    await this.#run.exited;
  }

  /** Starts again on the same port and data, after `terminate` or `kill9`. */
  async restart() { await this.#launch(); }

  /** Stops the server if it still runs, removes its data; fails where it did not end cleanly or had panicked. */
  async stop() {
    const already = this.#ended;
    const ended = already ?? await this.terminate();
    await rm(this.dataDir, { recursive: true, force: true });
    if (/panicked at/.test(this.output())) throw new Error(`the server panicked:\n${this.output()}`);
    if (ended !== 0 && already !== 'SIGKILL') throw new Error(`the server ended with ${ended}:\n${this.output()}`);
  }

  async #launch() {
    const { args = [], env = {} } = this.#options;
    const settings = { ...NO_LIMITS, NATTER_AUTH__JWT_SECRET: JWT_SECRET, NATTER_GATEWAY__DRAIN_WINDOW: '1s', ...env };
    for (const [name, value] of Object.entries(settings)) if (value === null) delete settings[name];
    this.#ended = undefined;
    this.#child = spawn(
      BINARY,
      ['standalone', '--listen', `127.0.0.1:${this.#port}`, '--data-dir', this.dataDir, ...args],
      { env: cleanEnvironment(settings), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#run = watch(this.#child);
    const child = this.#child;
    const orphan = () => child.kill('SIGKILL');
    process.once('exit', orphan);
    this.#run.exited.then(() => process.off('exit', orphan));
    this.#run.exited.then(({ code, signal }) => { this.#ended = code ?? signal; });
    await until(() => {
      if (this.#ended !== undefined) return true;
      return this.output().includes('listening');
    }, `"listening" from ${BINARY}`, START_TIMEOUT);
    await until(async () => {
      if (this.#ended !== undefined) return true;
      return (await fetch(`${this.url()}/readyz`)).status === 200;
    }, '/readyz', START_TIMEOUT);
    if (this.#ended !== undefined) throw new Error(`the server ended with ${this.#ended}:\n${this.output()}`);
  }
}

/** Runs `body` with a server of its own, for tests that stop or kill it. */
export async function withServer(options, body) {
  const server = await StandaloneServer.start(options);
  try {
    await body(server);
  } finally {
    closeAll();
    await server.stop();
  }
}
