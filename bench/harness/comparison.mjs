// Natter against the peer: the scenarios, in turn on one and on the other, and what is compared.

import { Session } from './generator.mjs';
import { TARGETS } from './targets.mjs';

/** Of all runs on one server: as many as the largest room has sockets. */
const USERS = 1000;

const figure = (name) => (report) => report.figures[name];
const time = (name, quantile) => (report) => report.times.find(([what]) => what === name)[1][quantile];
/** CPU seconds of the target's own processes, its servers left out, for a million of what was counted. */
const cpuAMillion = (count) => (report, target) => {
  const own = new Set(target.own.map(({ name }) => name));
  const seconds = report.costs.filter(({ name }) => own.has(name)).reduce((sum, { user, system }) => sum + user + system, 0);
  return (seconds * 1e6) / report.figures[count];
};
const bytesASocket = (report, target) => {
  const gateway = target.own.find(({ name }) => name.startsWith('gateway')) ?? target.own[0];
  return report.figures[`bytes a socket, ${gateway.name}`];
};

/**
 * What is run, in this order on each server: sockets connect before anybody has a conversation. `measures`:
 * `[what, unit, how, target as a ratio to the peer or a number]`.
 */
export const RUNS = [
  {
    name: 'connect', scenario: 'connect', args: ({ sockets }) => ['--sockets', sockets, '--at-once', 100],
    measures: [
      ['`connect`: connections/s', '', figure('connections a second'), '4 ×'],
      ['`connect`: handshake p99', 'ms', time('handshake', 'p99'), '1/4'],
      ['idle socket: resident bytes of the gateway', '', bytesASocket, 'at most 20,000'],
    ],
  },
  {
    name: 'persist', scenario: 'persist', args: () => ['--rooms', 100, '--outstanding', 4],
    measures: [
      ['`persist`, 100 rooms of 2, 4 outstanding a sender: acknowledged/s', '', figure('acks a second'), '8 ×'],
      ['the same: CPU-seconds of its own processes a million', '', cpuAMillion('acks'), ''],
    ],
  },
  {
    name: 'fanout', scenario: 'fanout', args: () => ['--rooms', 50, '--sockets', 20, '--outstanding', 2],
    measures: [['`fanout` 50 × 20, 2 outstanding: deliveries/s', '', figure('deliveries a second'), '5 ×']],
  },
  {
    name: 'wide', scenario: 'fanout', args: () => ['--rooms', 1, '--sockets', 1000, '--outstanding', 2, '--until', 'acked'],
    measures: [
      ['`fanout` 1 × 1000, 2 outstanding: CPU-seconds of its own processes a million deliveries', '', cpuAMillion('deliveries'), '1/4'],
      ['the same: deliveries/s', '', figure('deliveries a second'), ''],
    ],
  },
  {
    // No more than two can ever be on their way to a socket together.
    name: 'waiting', scenario: 'fanout', args: () => ['--rooms', 1, '--sockets', 1000, '--outstanding', 2, '--until', 'delivered'],
    measures: [
      ['the same, outstanding until everybody has it: CPU-seconds', '', cpuAMillion('deliveries'), '1/4'],
      ['the same: deliveries/s of it', '', figure('deliveries a second'), ''],
    ],
  },
  {
    name: 'relay', scenario: 'relay', args: () => ['--rooms', 1, '--sockets', 1000, '--rate', 80],
    measures: [['`relay` 1 × 1000 at 80,000 deliveries/s: p99', 'ms', time('send to deliver', 'p99'), '1/3']],
  },
  {
    name: 'pace', gateways: 2, scenario: 'fanout', args: () => ['--rooms', 50, '--sockets', 20, '--rate', 300],
    measures: [
      ['`fanout` 50 × 20 at 300 sends/s, two gateways: p50 send to deliver', 'ms', time('send to deliver', 'p50'), '1/3'],
      ['the same: p99', 'ms', time('send to deliver', 'p99'), '1/3'],
    ],
  },
];

/** Runs those of `runs` that want so many gateways on one server of a kind; values by measure. */
async function once(kind, gateways, runs, settings) {
  if (runs.length === 0) return [];
  const target = await TARGETS[kind]({ gateways });
  let session;
  try {
    session = await Session.open(target, { users: USERS });
    const values = [];
    for (const { scenario, args, measures } of runs) {
      const report = await session.run(scenario, ['--lenient', '--seconds', settings.seconds, ...args(settings)]);
      for (const [what, , how] of measures) values.push([what, how(report, target)]);
      values.push([`${scenario} ${args(settings).join(' ')}`, undefined, report]);
    }
    return values;
  } finally {
    await session?.close();
    await target.stop();
  }
}

/**
 * Rounds of Natter, the peer, Natter, the peer, … Returns `{rows, faults}`: for each measure its values on both by
 * round, and in words what either lost, doubled or disordered.
 */
export async function compare(natter, settings) {
  const runs = RUNS.filter(({ name }) => settings.only.length === 0 || settings.only.includes(name));
  const rows = runs.flatMap(({ measures }) => measures.map(([what, unit, , goal]) => ({ what, unit, goal, natter: [], peer: [] })));
  const faults = [];
  for (let round = 1; round <= settings.rounds; round += 1) {
    for (const [side, kind] of [['natter', natter], ['peer', 'peer']]) {
      console.log(`\n## round ${round} of ${settings.rounds}: ${kind}`);
      for (const gateways of [1, 2]) {
        const found = await once(kind, gateways, runs.filter((run) => (run.gateways ?? 1) === gateways), settings);
        for (const [what, value, report] of found) {
          rows.find((row) => row.what === what)?.[side].push(value);
          const wrong = Object.entries(report?.faults ?? {}).filter(([, count]) => count > 0);
          if (wrong.length > 0) faults.push(`${kind}, round ${round}, ${what}: ${wrong.map(([name, count]) => `${name} ${count}`).join(', ')}`);
        }
      }
    }
  }
  return { rows, faults };
}
