// A whole cluster on this machine: real servers, any number of each service, and HAProxy in front. The one way in which
// scripts/cluster, the end-to-end tests and the fault suite start it.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { balancer } from './balancer.mjs';
import { MongoSet } from './mongodb.mjs';
import { nats, redis } from './servers.mjs';
import { Service } from './services.mjs';

const DEFAULTS = {
  gateways: 2, messageServices: 2, presenceServices: 2, mediaServices: 2, mongoMembers: 1, mongoCacheGb: undefined,
  balancer: false, fronts: false, port: undefined,
  env: {}, envOf: {}, args: [], through: (_service, _server, url) => url,
  directory: undefined, logs: false, onLoss: undefined,
};

/** Longer than a drain of the default window, which says by itself when it takes too long. */
const STOP_TIMEOUT = 120_000;

/** A gateway's own setting counts the proxies in front of the cluster; the balancer is one more. */
const behindBalancer = (env) => ({ NATTER_GATEWAY__TRUSTED_HOPS: String(Number(env.NATTER_GATEWAY__TRUSTED_HOPS ?? 0) + 1) });

async function keptSecret(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('hex');
    await writeFile(file, secret, { mode: 0o600 });
    return secret;
  }
}

export class Cluster {
  /** @type {Service[]} */ gateways;
  /** @type {Service[]} */ messageServices;
  /** @type {Service[]} */ presenceServices;
  /** @type {Service[]} */ mediaServices;
  /** In front of all gateways; undefined unless asked for. */ balancer;
  /** In front of one gateway each, and of all media services; empty unless asked for. */ fronts = [];
  #temporary;

  /**
   * Starts all of it, and waits until it is ready.
   *
   * - `gateways`, `messageServices`, `presenceServices`, `mediaServices`: how many, 2 of each where nothing is said;
   *   `mongoMembers`: 1 or 3; `mongoCacheGb`: each one's cache, a small one where nothing is said.
   * - `balancer`: one HAProxy in front of all gateways, on `port` or a free one; `fronts`: one for each gateway.
   * - `env`: settings of every service, and `envOf[kind]` or `envOf[name]` (`gateway`, `gateway-0`) of those alone.
   *   Addresses are the cluster's own; a secret is made, and kept with the data, where none is given.
   * - `args`: further arguments of every service.
   * - `through(service, server, url)`: where a service (`gateway-0`) finds a server (`nats`, `mongodb`, `redis`); may be
   *   async. For proxies of a test's own.
   * - `directory`: where data is, and stays; without it, a temporary one. `logs`: keep what processes print below it.
   * - `onLoss(program)`: a process has ended and nobody told it to.
   */
  static async start(options = {}) {
    const cluster = await Cluster.make(options);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop().catch(() => {});
      throw error;
    }
  }

  /** Makes it and starts nothing: its parts can be started in any order. */
  static async make(options = {}) {
    const cluster = new Cluster();
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    await cluster.#make({ ...DEFAULTS, ...Object.fromEntries(given) });
    return cluster;
  }

  /** The address of gateway `i`, counted round: by its front where there are fronts, so that it serves media, too. */
  url(index = 0) {
    const own = this.fronts.length > 0 ? this.fronts : this.gateways;
    return own[index % own.length].url;
  }

  /** Every service's process. */
  get services() { return [...this.messageServices, ...this.presenceServices, ...this.mediaServices, ...this.gateways]; }

  /** Every server's process, the balancers among them. */
  get servers() { return [this.nats, ...this.mongodb.members, this.redis, ...(this.balancer ? [this.balancer] : []), ...this.fronts]; }

  /** Everything that the services have printed since each was last started. */
  output() { return this.services.map((each) => `--- ${each.name}\n${each.output()}`).join('\n'); }

  /**
   * Stops everything, clients first: gateways and media services drain through the balancer, then what they ask, then
   * the servers. Fails where a service did not end with 0 or has panicked; the rest is stopped all the same.
   */
  async stop() {
    const faults = [];
    const finish = async (programs) => {
      const ended = await Promise.allSettled(programs.map((each) => each.finish(STOP_TIMEOUT)));
      faults.push(...ended.filter(({ status }) => status === 'rejected').map(({ reason }) => reason));
    };
    await finish([...this.gateways, ...this.mediaServices]);
    await finish([...this.presenceServices, ...this.messageServices]);
    await finish([...(this.balancer ? [this.balancer] : []), ...this.fronts, this.nats, this.redis, this.mongodb]);
    // What processes printed may say why.
    if (this.#temporary && (faults.length === 0 || !this.logs)) await rm(this.directory, { recursive: true, force: true });
    if (faults.length > 0) throw new AggregateError(faults, faults.map(({ message }) => message).join('\n'));
  }

  async #make(options) {
    this.#temporary = options.directory === undefined;
    this.directory = options.directory ? resolve(options.directory) : await mkdtemp(join(tmpdir(), 'natter-cluster-'));
    const below = async (name) => {
      const path = join(this.directory, name);
      await mkdir(path, { recursive: true });
      return path;
    };
    this.logs = options.logs ? await below('logs') : undefined;
    const { onLoss } = options;
    const server = (name) => ({ log: this.logs && join(this.logs, `${name}.log`), onLoss });

    this.nats = await nats(server('nats'));
    this.redis = await redis({ ...server('redis'), directory: await below('redis') });
    this.mongodb = await MongoSet.make(options.mongoMembers, { directory: await below('mongodb'), logs: this.logs, onLoss, cacheGb: options.mongoCacheGb });

    const proxied = options.balancer || options.fronts;
    const secret = { NATTER_AUTH__JWT_SECRET: await keptSecret(join(this.directory, 'secret')) };
    const storage = `file://${await below('media')}`;
    const make = (kind, count) => Promise.all(Array.from({ length: count }, (_, index) => {
      const env = { ...secret, ...options.env, ...options.envOf[kind], ...options.envOf[`${kind}-${index}`] };
      return Service.make(kind, index, {
        servers: { nats: this.nats.url, mongodb: this.mongodb.url, redis: this.redis.url },
        storage, through: options.through, args: options.args, logs: this.logs, onLoss,
        env: kind === 'gateway' && proxied ? { ...env, ...behindBalancer(env) } : env,
      });
    }));
    this.messageServices = await make('message-service', options.messageServices);
    this.presenceServices = await make('presence-service', options.presenceServices);
    this.mediaServices = await make('media-service', options.mediaServices);
    this.gateways = await make('gateway', options.gateways);

    const front = (name, port, gateways) => balancer(name, { port, gateways, mediaServices: this.mediaServices, directory: this.directory, ...server(name) });
    if (options.balancer) this.balancer = await front('balancer', options.port, this.gateways);
    if (options.fronts) this.fronts = await Promise.all(this.gateways.map((each, index) => front(`front-${index}`, undefined, [each])));
  }

  async #start() {
    await Promise.all([this.nats, this.redis, this.mongodb].map((each) => each.start()));
    await Promise.all(this.services.map((each) => each.start()));
    await Promise.all([...(this.balancer ? [this.balancer] : []), ...this.fronts].map((each) => each.start()));
  }
}
