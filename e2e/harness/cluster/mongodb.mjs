// MongoDB as a replica set, with the npm driver's commands.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { freePort, isFree } from '../ports.mjs';
import { until } from '../wait.mjs';
import { Server, find } from './servers.mjs';

const SET = 'natter';
const DATABASE = 'natter';
const START_TIMEOUT = 60_000;
/** mongod's code for a set that has been initiated. */
const ALREADY_INITIATED = 23;

/** How long a primary may be silent before the others elect another one: with MongoDB's own 10 s, tests wait for nothing. */
const ELECTION_TIMEOUT = 2_000;

/** A replica set of mongods: one, or three where one is to fail. */
export class MongoSet {
  /** @param {Server[]} members */
  constructor(members) {
    this.members = members;
    this.name = 'mongodb';
    this.url = `mongodb://${members.map(address)}/${DATABASE}?replicaSet=${SET}`;
  }

  /**
   * Not started yet. A set keeps its ports with its data, since its members know each other by them. `cacheGb`: each
   * member's cache and oplog, in GB; where nothing is said they are small, since many may run at once.
   */
  static async make(count, { directory, logs, onLoss, cacheGb }) {
    await mkdir(directory, { recursive: true });
    const ports = await portsOf(directory, count);
    const members = await Promise.all(ports.map((port, index) => member(`mongod-${index}`, port, { directory: join(directory, String(index)), logs, onLoss, cacheGb })));
    return new MongoSet(members);
  }

  /** Starts every member, initiates the set where that has not been done, and waits for a primary that all follow. */
  async start() {
    await Promise.all(this.members.map((each) => each.start()));
    const configuration = {
      _id: SET,
      members: this.members.map((each, index) => ({ _id: index, host: address(each) })),
      settings: { electionTimeoutMillis: ELECTION_TIMEOUT },
    };
    await ask(this.members[0], { replSetInitiate: configuration }).catch((error) => { if (error.code !== ALREADY_INITIATED) throw error; });
    await this.primary();
    await until(async () => {
      const states = await Promise.all(this.members.map((each) => ask(each, { hello: 1 })));
      return states.every(({ isWritablePrimary, secondary }) => isWritablePrimary || secondary);
    }, 'every member to follow', START_TIMEOUT);
  }

  /** The member that takes writes; waits until there is one. */
  async primary(timeout = START_TIMEOUT) {
    return until(async () => {
      const asked = this.members.filter(({ isRunning }) => isRunning)
        .map(async (each) => ({ each, state: await ask(each, { hello: 1 }).catch(() => undefined) }));
      return (await Promise.all(asked)).find(({ state }) => state?.isWritablePrimary)?.each;
    }, 'a primary', timeout);
  }

  /** The members that follow the primary, whether they run or not. */
  async secondaries() {
    const primary = await this.primary();
    return this.members.filter((each) => each !== primary);
  }

  /** Stops all members. */
  async finish() { await Promise.all(this.members.map((each) => each.finish())); }
}

const address = ({ port }) => `127.0.0.1:${port}`;

async function portsOf(directory, count) {
  const file = join(directory, 'ports.json');
  let ports = [];
  try {
    ports = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    while (ports.length < count) ports.push(await freePort());
    await writeFile(file, JSON.stringify(ports));
  }
  if (ports.length !== count) throw new Error(`${directory} has the data of ${ports.length} MongoDB members, not of ${count}`);
  for (const port of ports) if (!(await isFree(port))) throw new Error(`port ${port} is in use, and the MongoDB of ${directory} needs it: is that cluster running?`);
  return ports;
}

/** Not started yet: one mongod. */
async function member(name, port, { directory, logs, onLoss, cacheGb }) {
  await mkdir(directory, { recursive: true });
  const set = ['--bind_ip', '127.0.0.1', '--port', port, '--dbpath', directory, '--replSet', SET];
  const size = ['--wiredTigerCacheSizeGB', String(cacheGb ?? 0.25), '--oplogSize', String((cacheGb ?? 0.0625) * 1024), '--nounixsocket'];
  // No files of diagnostics, and no waiting for clients at the end.
  const parameters = ['diagnosticDataCollectionEnabled=false', 'shutdownTimeoutMillisForSignaledShutdown=100'].flatMap((each) => ['--setParameter', each]);
  return new Server(name, port, `mongodb://127.0.0.1:${port}/${DATABASE}?directConnection=true`, {
    command: find('mongod'),
    args: [...set, ...size, ...parameters],
    isReady: async (server) => (await ask(server, { ping: 1 })).ok === 1,
    log: logs && join(logs, `${name}.log`),
    onLoss,
  });
}

/** Runs a command of `admin` on this one member. */
async function ask(server, command) {
  const client = new MongoClient(server.url, { serverSelectionTimeoutMS: 2000, connectTimeoutMS: 2000 });
  try {
    return await client.db('admin').command(command);
  } finally {
    await client.close();
  }
}
