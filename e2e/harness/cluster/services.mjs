// The services of a cluster, each a process of the binary under test.

import { join } from 'node:path';

import { BINARY, cleanEnvironment } from '../natter.mjs';
import { freePort } from '../ports.mjs';
import { Program } from '../program.mjs';

/** What each service is told: the servers that it needs, and where it listens, if it does. */
const KINDS = {
  'message-service': { needs: ['nats', 'mongodb'] },
  'presence-service': { needs: ['nats', 'redis'] },
  'media-service': { needs: ['nats'], listens: 'NATTER_MEDIA__LISTEN' },
  gateway: { needs: ['nats'], listens: 'NATTER_GATEWAY__LISTEN' },
};

/**
 * One process, such as `gateway-0`. `url` is where it serves clients (gateways and media services), `health` where
 * `/healthz`, `/readyz`, `/startupz` and `/metrics` are: a gateway has them on its own port.
 */
export class Service extends Program {
  /** @param {string} kind such as `gateway` */
  constructor(kind, index, { url, health, ...settings }) {
    const readyz = `${health}/readyz`;
    const isReady = async () => this.output().includes('listening') && (await fetch(readyz, { signal: AbortSignal.timeout(2000) })).status === 200;
    super(`${kind}-${index}`, { isReady, ...settings });
    Object.assign(this, { kind, index, url, health });
  }

  /**
   * Not started yet. `servers` has their URLs by name; `through(service, server, url)` may have this service go
   * another way to one of them.
   */
  static async make(kind, index, { servers, storage, through, env, args, logs, onLoss }) {
    const { needs, listens } = KINDS[kind];
    const settings = {};
    for (const server of needs) {
      settings[`NATTER_${server.toUpperCase()}__URL`] = await through(`${kind}-${index}`, server, servers[server]);
    }
    if (kind === 'media-service') settings.NATTER_MEDIA__STORAGE = env.NATTER_MEDIA__STORAGE ?? storage;
    const address = listens && `127.0.0.1:${await freePort()}`;
    if (listens) settings[listens] = address;
    const health = kind === 'gateway' ? address : `127.0.0.1:${await freePort()}`;
    if (kind !== 'gateway') settings.NATTER_HEALTH__LISTEN = health;
    return new Service(kind, index, {
      command: BINARY,
      args: [kind, ...args],
      env: cleanEnvironment({ ...env, ...settings }),
      url: address && `http://${address}`,
      health: `http://${health}`,
      log: logs && join(logs, `${kind}-${index}.log`),
      onLoss,
    });
  }
}
