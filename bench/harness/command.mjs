// bench/run: arguments in, tables out.
//
// Exit codes: 0 measured, 1 failed, 2 told to do what can't be done.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const HELP = `Measures Natter on this machine. Nothing else should run. Builds natter and natter-bench in release first, unless NATTER_BIN
and NATTER_BENCH_BIN name them.

  bench/run [what] [options]

What:
  peer            Natter and the peer (bench/peer-node) in turn, and the ratios (the default)
  gateways        cost a delivery with 1, 2 and 4 gateways
  conversations   sends in 10, 1,000 and 100,000 conversations
  history         reads with few messages stored, and with a million
  joined          a user who joins 10, 100 and 1,000 conversations
  idle            idle sockets on one gateway

Options:
  --natter cluster|standalone   how Natter runs (cluster)
  --rounds N                    of peer: how often each is measured, in turn (3)
  --only NAME,…                 of peer: connect, persist, fanout, wide, waiting, relay, pace
  --seconds N                   how long each scenario is measured (10)
  --sockets N                   of connect and idle (10000)
  --messages N                  of history (1000000)
  --write                       put what was found into docs/performance.md`;

function fail(code, message) {
  console.error(`bench/run: ${message}`);
  process.exit(code);
}

function parse() {
  const text = { type: 'string' };
  const options = {
    natter: text, rounds: text, only: text, seconds: text, sockets: text, messages: text,
    write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
  };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    fail(2, `${error.message.split('\n')[0]} (see --help)`);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, otherwise) => {
    const value = Number(values[name] ?? otherwise);
    if (!(value > 0)) fail(2, `--${name} must be a number above 0, not ${JSON.stringify(values[name])}`);
    return value;
  };
  if (positionals.length > 1) fail(2, 'one thing at a time (see --help)');
  return {
    what: positionals[0] ?? 'peer',
    natter: values.natter ?? 'cluster',
    write: values.write ?? false,
    only: values.only?.split(',') ?? [],
    rounds: number('rounds', 3), seconds: number('seconds', 10), sockets: number('sockets', 10_000), messages: number('messages', 1_000_000),
  };
}

/** Runs a step that has to succeed. */
function must(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error || status !== 0) fail(1, `${[command, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function build() {
  if (process.env.NATTER_BIN && process.env.NATTER_BENCH_BIN) return;
  must('cargo', 'build', '--locked', '--release', '--package', 'natter', '--package', 'natter-bench');
  const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release');
  process.env.NATTER_BIN ??= join(built, 'natter');
  process.env.NATTER_BENCH_BIN ??= join(built, 'natter-bench');
}

const settings = parse();
if (!['cluster', 'standalone'].includes(settings.natter)) fail(2, '--natter must be cluster or standalone');
must(join(ROOT, 'scripts/setup'), '--no-browser');
build();
// What scripts/setup may have installed just now, and what reads the environment.
const [{ RUNS, compare }, { TABLES }, page] = await Promise.all([import('./comparison.mjs'), import('./growth.mjs'), import('./page.mjs')]);

const unknown = settings.only.filter((name) => !RUNS.some((run) => run.name === name));
if (unknown.length > 0) fail(2, `--only: ${unknown} is none of ${RUNS.map(({ name }) => name)}`);
if (settings.what !== 'peer' && !TABLES[settings.what]) fail(2, `${settings.what} is none of peer, ${Object.keys(TABLES).join(', ')}`);

const shownArguments = process.argv.slice(2).filter((argument) => argument !== '--write');
const command = ['bench/run', ...shownArguments].join(' ');
if (loadavg()[0] > 1) console.error(`bench/run: the load average is ${loadavg()[0].toFixed(1)}: something else runs here, and will be in the figures`);
const how = page.circumstances(command);
try {
  let found;
  if (settings.what === 'peer') {
    found = page.comparison(await compare(settings.natter, settings));
  } else {
    const { title, head, rows } = await TABLES[settings.what](settings.natter, settings);
    found = `${title}.\n\n${page.table(head, rows)}`;
  }
  const text = `${how}\n\n${found}`;
  console.log(`\n${text}`);
  if (settings.write) await page.write(settings.what, text);
} catch (error) {
  fail(1, error.stack);
}
