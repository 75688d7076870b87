// The peer with its MongoDB and its Redis, which are those of a cluster of Natter.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { MongoSet } from '../../e2e/harness/cluster/mongodb.mjs';
import { redis as redisServer } from '../../e2e/harness/cluster/servers.mjs';
import { JWT_SECRET } from '../../e2e/harness/natter.mjs';
import { freePort } from '../../e2e/harness/ports.mjs';
import { Program } from '../../e2e/harness/program.mjs';

/** What MongoDB is given on either side: with the tests' small cache, it is busy with that cache. */
export const MONGO_CACHE_GB = 1;

const MAIN = fileURLToPath(new URL('../peer-node/src/main.mjs', import.meta.url));

async function gateway(index, { mongo, redis }) {
  const port = await freePort();
  const program = new Program(`gateway-${index}`, {
    command: process.execPath,
    args: [MAIN],
    env: {
      PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), MONGODB_URL: mongo.url, REDIS_URL: redis.url, JWT_SECRET,
    },
    isReady: (own) => own.output().includes('listening'),
  });
  program.url = `http://127.0.0.1:${port}`;
  return program;
}

/** A target (targets.mjs) of that many processes of the peer. */
export async function startPeer({ gateways = 1 } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'natter-peer-'));
  const mongo = await MongoSet.make(1, { directory: join(directory, 'mongodb'), cacheGb: MONGO_CACHE_GB });
  const redis = await redisServer({ directory: join(directory, 'redis') });
  const peers = [];
  const stop = async () => {
    for (const each of [...peers, redis, mongo]) await each.finish();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all([mongo.start(), redis.start()]);
    for (let index = 0; index < gateways; index += 1) {
      peers.push(await gateway(index, { mongo, redis }));
      // One after the other: the first makes the indexes.
      await peers[index].start();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: 'peer', urls: peers.map(({ url }) => url), own: peers, servers: [...mongo.members, redis], stop };
}
