// The peer with its MongoDB and its Redis.

import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ROOT, Running, freePort } from './processes.mjs';
import { startMongo, startRedis } from './servers.mjs';

const HOME = join(ROOT, 'bench/peer-node');
const { MongoClient } = createRequire(join(HOME, 'package.json'))('mongoose').mongo;

/** Runs `work` with the admin database. */
export async function withAdmin(url, work) {
  const client = new MongoClient(url);
  try {
    await work(client.db('admin'));
  } finally {
    await client.close();
  }
}

/** `gateways` processes of it. A target: `{name, urls, watch, stop}`. */
export async function startPeer({ gateways = 1 } = {}) {
  const [mongo, redis] = await Promise.all([startMongo(withAdmin), startRedis()]);
  const peers = [];
  const stop = async () => {
    await Promise.all(peers.map(({ running }) => running.stop()));
    await Promise.all([mongo.stop(), redis.stop()]);
  };
  try {
    for (let index = 0; index < gateways; index += 1) {
      const port = await freePort();
      const running = new Running(`peer ${index}`, process.execPath, [join(HOME, 'src/main.mjs')], {
        PATH: process.env.PATH, NODE_ENV: 'production', PORT: port, MONGODB_URL: mongo.url, REDIS_URL: redis.url,
        JWT_SECRET: 'only-for-measurements-0123456789abcdef',
      });
      peers.push({ running, url: `http://127.0.0.1:${port}` });
      // One after the other: the first makes the indexes.
      await running.ready(() => running.output.includes('listening'));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const watch = {
    ...Object.fromEntries(peers.map(({ running }, index) => [`gateway${index || ''}`, running.pid])),
    mongod: mongo.running.pid,
    redis: redis.running.pid,
  };
  return { name: 'peer', urls: peers.map(({ url }) => url), watch, own: peers.map((_, index) => `gateway${index || ''}`), stop };
}
