// The real binary as one process, on a free port with its own data directory.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { closeAll } from './client.mjs';
import { BINARY, cleanEnvironment, testSettings } from './natter.mjs';
import { freePort } from './ports.mjs';
import { Program } from './program.mjs';

/** One standalone server. `url(i)` is the same for every `i`; a cluster answers with its several gateways. */
export class StandaloneServer extends Program {
  #port;

  constructor(port, dataDir, { args = [], env = {} }) {
    const listen = ['--listen', `127.0.0.1:${port}`, '--data-dir', dataDir];
    super('standalone', {
      command: BINARY,
      args: ['standalone', ...listen, ...args],
      env: cleanEnvironment(testSettings(env)),
      isReady: async () => this.output().includes('listening') && (await fetch(`${this.url()}/readyz`)).status === 200,
    });
    this.#port = port;
    this.dataDir = dataDir;
  }

  static async start(options = {}) {
    const dataDir = await mkdtemp(join(tmpdir(), 'natter-e2e-'));
    const server = new StandaloneServer(await freePort(), dataDir, options);
    try {
      return await server.start();
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address of gateway `i`. */
  url(_index = 0) { return `http://127.0.0.1:${this.#port}`; }

  /** Stops the server if it still runs, removes its data; fails where it did not end cleanly or had panicked. */
  async stop() {
    try {
      await this.finish();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
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
