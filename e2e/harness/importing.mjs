// `natter import` from a MongoDB of the old server's, for tests of it.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { MongoClient } from 'mongodb';

import { closeAll } from './client.mjs';
import { MongoSet } from './cluster/mongodb.mjs';
import { ok, request } from './http.mjs';
import { OLD_PASSWORD } from './mongoose.mjs';
import { runBinary } from './natter.mjs';
import { Person } from './people.mjs';
import { freePort } from './ports.mjs';
import { StandaloneServer } from './standalone.mjs';

/** Everything is in as it was. */
export const ALL_IN = 0;
/** Something is not, and is in the report. */
export const NOT_ALL_IN = 3;

/** A MongoDB and a directory that a test file has for itself, from before its first test to after its last. */
export class Importing {
  #made = 0;
  #started;

  constructor() {
    before(() => this.started);
    after(async () => {
      closeAll();
      await this.client?.close();
      await this.mongo?.finish();
      await rm(this.directory, { recursive: true, force: true });
    });
  }

  /** For hooks of a file's top level, which Node runs at once. */
  get started() { return (this.#started ??= this.#start()); }

  async #start() {
    this.directory = await mkdtemp(join(tmpdir(), 'natter-import-'));
    this.mongo = await MongoSet.make(1, { directory: join(this.directory, 'mongodb') });
    await this.mongo.start();
    this.client = new MongoClient(this.mongo.url);
  }

  /** A directory that is not there yet. */
  dataDirectory() { return join(this.directory, `data${(this.#made += 1)}`); }

  /** A database that is not there yet: `{db, url}`. */
  database() {
    const name = `database${(this.#made += 1)}`;
    return { db: this.client.db(name), url: this.mongo.url.replace('/natter?', `/${name}?`) };
  }

  /** A database of the old server's with these documents: `{db, url}`. */
  async old({ users = [], conversations = [], messages = [] }) {
    const old = this.database();
    for (const [collection, documents] of Object.entries({ users, conversations, messages })) {
      if (documents.length > 0) await old.db.collection(collection).insertMany(documents);
    }
    return old;
  }

  /** Runs an import to its end: `{code, output, counts, report}`; counts by collection, as the table has them. */
  async run(old, { dataDir, env = {}, args = [] }) {
    const report = join(this.directory, `report${(this.#made += 1)}.jsonl`);
    const into = dataDir ? ['--data-dir', dataDir] : [];
    const { code, output } = await runBinary(['import', '--from', old.url, '--report', report, ...into, ...args], { env, timeout: 180_000 });
    const counts = {};
    for (const [, name, numbers] of output.matchAll(/^(users|conversations|messages)((?: +\d+){6})$/gm)) {
      const [read, fresh, there, changed, merged, leftOut] = numbers.trim().split(/ +/).map(Number);
      counts[name] = { read, new: fresh, there, changed, merged, leftOut };
    }
    const lines = (await readFile(report, 'utf8')).trim().split('\n').filter(Boolean);
    return { code, output, counts, report: lines.map((line) => JSON.parse(line)) };
  }
}

export const counted = (read, more) => ({ read, new: 0, there: 0, changed: 0, merged: 0, leftOut: 0, ...more });

/** A server on this data for as long as `body` takes; answers what that does. */
export async function serving(dataDir, body) {
  const server = new StandaloneServer(await freePort(), dataDir, {});
  await server.start();
  try {
    return await body(server);
  } finally {
    closeAll();
    await server.finish();
  }
}

/** Logs in as somebody of the old server. */
export async function login(server, identifier) {
  const credentials = identifier.includes('@') ? { email: identifier } : { username: identifier };
  const data = ok(await request(server.url(), 'POST', '/api/auth/login', { body: { ...credentials, password: OLD_PASSWORD } }), 200);
  return new Person(server, credentials, data, 0);
}
