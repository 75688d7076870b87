// scripts/cluster: arguments in, a running cluster and where its parts are out, until it is told to stop.
//
// Exit codes: 0 told to stop and stopped cleanly, 1 failed, 2 told to do what can't be done.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { isFree } from '../ports.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const HELP = `Starts a Natter cluster on this machine: NATS, MongoDB (a replica set), Redis, two of each service, and HAProxy in front
with the configuration of deploy/. Builds natter first. Stop it with Ctrl-C or SIGTERM.

  scripts/cluster [options]

  --port N                 where the balancer listens, on 127.0.0.1 (3100)
  --gateways N             how many of each service (2)
  --message-services N
  --presence-services N
  --media-services N
  --mongo-members 1|3      members of the replica set (1)
  --data-dir DIRECTORY     where data and logs are, and stay; otherwise in a temporary directory that goes with the cluster
  --binary FILE            the natter to run (or NATTER_BIN); otherwise it is built, in release
  --json                   say where everything is in one line of JSON

NATTER_… in the environment (limits, secret, log, …) goes to every service, but for addresses, which this command chooses.`;

const COUNTS = ['gateways', 'message-services', 'presence-services', 'media-services'];
const MOST = 50;

/** What this command chooses itself. */
const OWN = [
  'NATTER_GATEWAY__LISTEN', 'NATTER_MEDIA__LISTEN', 'NATTER_HEALTH__LISTEN', 'NATTER_NATS__URL', 'NATTER_MONGODB__URL', 'NATTER_REDIS__URL',
];

/** Longer than the balancer takes to notice; and a window that nobody minds waiting for. deploy/README.md explains both. */
const DRAINED = { NATTER_GATEWAY__PRE_STOP: '3s', NATTER_GATEWAY__DRAIN_WINDOW: '5s' };

function fail(code, message) {
  console.error(`scripts/cluster: ${message}`);
  process.exit(code);
}

/** The arguments, checked; ends the process where they make no sense. */
function parse() {
  const text = { type: 'string' };
  const options = {
    ...Object.fromEntries(COUNTS.map((name) => [name, text])),
    port: text, 'mongo-members': text, 'data-dir': text, binary: text, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(2, `${error.message.split('\n')[0]} (see --help)`);
  }
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, least, most, otherwise) => {
    const given = values[name];
    if (given === undefined) return otherwise;
    if (!/^\d{1,5}$/.test(given) || Number(given) < least || Number(given) > most) fail(2, `--${name} must be a number from ${least} to ${most}, not ${JSON.stringify(given)}`);
    return Number(given);
  };
  const mongoMembers = number('mongo-members', 1, 3, 1);
  if (mongoMembers === 2) fail(2, '--mongo-members must be 1 or 3');
  const [gateways, messageServices, presenceServices, mediaServices] = COUNTS.map((name) => number(name, 1, MOST, 2));
  const named = values.binary ?? process.env.NATTER_BIN;
  const binary = named && absolute(named);
  if (binary !== undefined && !existsSync(binary)) fail(2, `there is no program ${binary}`);
  if (values['data-dir'] === '') fail(2, '--data-dir must name a directory');
  return {
    counts: { gateways, messageServices, presenceServices, mediaServices, mongoMembers },
    port: number('port', 1, 65_535, 3100), directory: values['data-dir'], binary, json: values.json,
  };
}

/** Runs a step that has to succeed; what it prints is no part of this command's output. */
function must(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error || status !== 0) fail(1, `${[command, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function build() {
  must('cargo', 'build', '--locked', '--release', '--package', 'natter');
  return join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release', 'natter');
}

/** The caller's settings that services get. */
function settings() {
  const given = Object.entries(process.env).filter(([name]) => /^NATTER_(LOG|LOG_FORMAT|CONFIG|[A-Z]+__[A-Z_]+)$/.test(name));
  for (const [name] of given) if (OWN.includes(name)) console.error(`scripts/cluster: ${name} is passed over: addresses are this command's own`);
  return { NATTER_LOG: 'info', ...Object.fromEntries(given.filter(([name]) => !OWN.includes(name))) };
}

/** Where everything is. */
function account(cluster) {
  const of = ({ name, url, health, pid }) => ({ name, url, health, pid });
  const { gateways, messageServices, presenceServices, mediaServices, nats, mongodb, redis, balancer } = cluster;
  return {
    url: balancer.url,
    gateways: gateways.map(of), messageServices: messageServices.map(of), presenceServices: presenceServices.map(of), mediaServices: mediaServices.map(of),
    servers: { nats: of(nats), mongodb: { name: 'mongodb', url: mongodb.url, members: mongodb.members.map(of) }, redis: of(redis), balancer: of(balancer) },
    directory: cluster.directory, logs: cluster.logs,
  };
}

function print(cluster) {
  const lines = [...cluster.gateways, ...cluster.mediaServices, ...cluster.messageServices, ...cluster.presenceServices, ...cluster.servers]
    .map(({ name, url, health, pid }) => `  ${name.padEnd(20)}pid ${String(pid).padEnd(8)}  ${(url ?? '').padEnd(24)}${health && health !== url ? `  health at ${health}` : ''}`.trimEnd());
  console.log(`\nNatter's cluster is ready: ${cluster.balancer.url}\n\n${lines.join('\n')}\n\n  MongoDB: ${cluster.mongodb.url}\n  logs:    ${cluster.logs}\n\nStop it with Ctrl-C.`);
}

const { counts, port, directory, binary, json } = parse();
const told = new Promise((resolve) => {
  let again = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Who asks twice does not want to wait.
      if (again) fail(1, `${signal} again: everything is killed`);
      again = true;
      resolve(signal);
    });
  }
});

if (!(await isFree(port))) fail(1, `port ${port} is in use; --port takes another one`);
must(join(ROOT, 'scripts/setup'), '--no-browser');
process.env.NATTER_BIN = binary ?? build();
// What scripts/setup may have installed just now, and what reads NATTER_BIN.
const { Cluster } = await import('./index.mjs');

let stopping = false;
const env = settings();
const drained = { ...DRAINED, ...env };
try {
  const cluster = await Cluster.start({
    ...counts, port, directory, env, envOf: { gateway: drained, 'media-service': drained }, balancer: true, logs: true,
    onLoss(program) {
      program.dies();
      if (!stopping) console.error(`\nscripts/cluster: ${program.name} (pid ${program.pid}) HAS ENDED with ${program.ended}; the others go on\n`);
    },
  });
  if (json) console.log(JSON.stringify(account(cluster)));
  else print(cluster);
  const signal = await told;
  stopping = true;
  console.error(`${signal}: stopping`);
  await cluster.stop();
  process.exit(0);
} catch (error) {
  fail(1, error.message);
}
