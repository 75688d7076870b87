// Runs natter-bench against a target.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const GENERATOR = process.env.NATTER_BENCH_BIN ?? fileURLToPath(new URL('../../target/release/natter-bench', import.meta.url));

/** natter-bench's exit code where what came back was faulty. */
const FAULTY = 3;

function execute(args, quiet) {
  const child = spawn(GENERATOR, args, { stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => { said += chunk; });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 || code === FAULTY) resolve(code);
      else reject(new Error(`natter-bench ${args[0]} failed (${code}): ${said.trim()}`));
    });
  });
}

/** A target with users on it. */
export class Session {
  #directory; #quiet;

  constructor(target, directory, quiet) {
    this.target = target;
    this.#directory = directory;
    this.#quiet = quiet;
  }

  /** Registers the users, on the first gateway. */
  static async open(target, { users, quiet = false }) {
    const session = new Session(target, await mkdtemp(join(tmpdir(), 'natter-bench-')), quiet);
    await execute(['users', '--url', target.urls[0], '--count', String(users), '--out', session.users], quiet);
    return session;
  }

  /** The file with the users and their tokens. */
  get users() { return join(this.#directory, 'users.json'); }

  /** Runs a scenario over all gateways; what it has found, and whether that was as it should be. */
  async run(scenario, args = []) {
    const { urls, own, servers } = this.target;
    const json = join(this.#directory, 'report.json');
    const code = await execute([
      scenario,
      ...urls.flatMap((url) => ['--url', url]),
      ...[...own, ...servers].flatMap(({ name, pid }) => ['--watch', `${name}=${pid}`]),
      '--users', this.users, '--json', json, ...args.map(String),
    ], this.#quiet);
    return { ...JSON.parse(await readFile(json, 'utf8')), sound: code === 0 };
  }

  async close() { await rm(this.#directory, { recursive: true, force: true }); }
}
