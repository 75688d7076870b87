// Which deployment the tests run against. Tests ask for a server here and know it only by `url(i)` and `stop()`,
// so that the very same files can run against several gateways; NATTER_E2E_DEPLOYMENT names another module.

import { after, before } from 'node:test';

import { closeAll } from './client.mjs';
import { testSettings } from './natter.mjs';

const name = process.env.NATTER_E2E_DEPLOYMENT ?? 'standalone';

const starters = {
  standalone: async ({ env, args = [], demo } = {}) => {
    const { StandaloneServer } = await import('./standalone.mjs');
    return StandaloneServer.start({ env, args: demo ? [...args, '--demo'] : args });
  },
  // Two gateways and two of each service. Of a file's servers only the binary is shared with those of other files.
  cluster: async ({ env, args } = {}) => (await import('./cluster/index.mjs')).Cluster.start({ env: testSettings(env), args, fronts: true }),
};

/** Starts a server with settings `{env, args}`; `demo`: with the demo's users, where the deployment has any. */
export async function startServer(options) {
  const start = starters[name];
  if (!start) throw new Error(`NATTER_E2E_DEPLOYMENT=${name} is none of ${Object.keys(starters)}`);
  return start(options);
}

/**
 * One server for a test file or a `describe`: started before its first test, stopped after its last.
 * Returns a stand-in that may be used inside tests and hooks. Node runs the `before` hooks of a file's top level at
 * once, so one that needs the server waits for `started`, as `person` does.
 */
export function sharedServer(options) {
  let server;
  let started;
  const start = () => (started ??= startServer(options).then((value) => { server = value; }));
  before(start);
  after(async () => {
    closeAll();
    await server?.stop();
  });
  return new Proxy({}, {
    get(_target, property) {
      if (property === 'started') return start();
      const value = server[property];
      return typeof value === 'function' ? value.bind(server) : value;
    },
  });
}
