// How Natter's cost grows: one thing at a time is made more of, and the rest stays. Each returns a table
// `{title, head, rows, notes}`.

import { readFile } from 'node:fs/promises';

import { Session } from './generator.mjs';
import { TARGETS } from './targets.mjs';

const round = (value, digits = 1) => Number(value.toFixed(digits));
const times = (report, name) => report.times.find(([what]) => what === name)[1];

/** Runs `work(session, target)` on a fresh server. */
async function on(kind, { gateways = 1, users }, work) {
  const target = await TARGETS[kind]({ gateways });
  let session;
  try {
    session = await Session.open(target, { users });
    return await work(session, target);
  } finally {
    await session?.close();
    await target.stop();
  }
}

/** CPU seconds, by what a process is: `gateway`, `message-service`, …, servers as they are called. */
function cpuByKind(report) {
  const sums = {};
  for (const { name, user, system } of report.costs) {
    const kind = name.replace(/-\d+$/, '');
    sums[kind] = (sums[kind] ?? 0) + user + system;
  }
  return sums;
}

async function gateways(kind, { seconds }) {
  const rows = [];
  for (const count of [1, 2, 4]) {
    await on(kind, { gateways: count, users: 1000 }, async (session) => {
      const report = await session.run('fanout', ['--rooms', 50, '--sockets', 20, '--rate', 300, '--seconds', seconds]);
      const cpu = cpuByKind(report);
      const million = report.figures.deliveries / 1e6;
      const { p50, p99 } = times(report, 'send to deliver');
      const each = ['gateway', 'message-service', 'presence-service', 'nats', 'mongod'].map((name) => round((cpu[name] ?? 0) / million));
      rows.push([count, ...each, p50, p99]);
    });
  }
  return {
    title: 'Gateways: 50 rooms of 20 at 300 sends/s, CPU-seconds a million deliveries',
    head: ['gateways', 'gateways together', 'message-service', 'presence-service', 'nats', 'mongod', 'p50 ms', 'p99 ms'], rows,
  };
}

async function conversations(kind, { seconds }) {
  const rows = [];
  for (const count of [10, 1000, 100_000]) {
    await on(kind, { users: 500 }, async (session) => {
      const report = await session.run('spread', ['--conversations', count, '--sockets', 500, '--outstanding', 800, '--seconds', seconds]);
      const { p50, p99 } = times(report, 'send to ack');
      rows.push([count, report.figures['acks a second'], round(report.figures['CPU seconds a million acks']), p50, p99]);
    });
  }
  return {
    title: 'Conversations: 800 sends under way in all of them together, nobody joined',
    head: ['conversations', 'acknowledged/s', 'CPU-seconds a million, all processes', 'p50 ms', 'p99 ms'], rows,
  };
}

/** Fills 2,000 conversations, and reads as a user of eight of them. */
async function history(kind, { messages }) {
  return on(kind, { users: 500 }, async (session, target) => {
    const [user] = JSON.parse(await readFile(session.users, 'utf8'));
    const first = async (path) => (await (await fetch(new URL(path, target.urls[0]), { headers: { authorization: `Bearer ${user.token}` } })).json()).data.items;
    const fill = (seconds) => session.run('spread', ['--conversations', 2000, '--sockets', 500, '--outstanding', 800, '--seconds', seconds]);
    const reports = [];
    const read = async (stored) => {
      const [conversation] = await first('/api/conversations?limit=1');
      const of = `/api/conversations/${conversation._id}/messages?limit=50`;
      reports.push([stored, await session.run('get', [
        `${of}`, `${of}&before=${Math.ceil(conversation.lastSeq / 2)}`, '/api/conversations?limit=50',
        `/api/messages/search?q=fox&conversationId=${conversation._id}`, '/api/messages/search?q=fox', '/api/messages/search?q=zebra',
      ].flatMap((path) => ['--path', path]))]);
    };
    let { figures } = await fill(2);
    let stored = figures.acks;
    await read(stored);
    while (stored < messages) {
      // A run's warm-up stores messages, too: what is counted is at least there.
      ({ figures } = await fill(Math.min(60, Math.max(2, (messages - stored) / figures['acks a second']))));
      stored += figures.acks;
    }
    await read(stored);
    const names = ['newest 50 of a conversation', '50 from its middle', 'list of conversations with unread counts',
      'search for a word of every message, one conversation', 'the same, all of one\'s conversations', 'search for a word of none'];
    const rows = names.map((name, index) => [name, ...reports.flatMap(([, { times: read_ }]) => [read_[index][1].p50, read_[index][1].p99])]);
    const columns = reports.flatMap(([count]) => ['p50', 'p99'].map((quantile) => `${quantile} ms, ${count} messages`));
    return { title: 'Messages: reads over HTTP, one after the other', head: ['what', ...columns], rows };
  });
}

async function joined(kind) {
  const rows = [];
  for (const count of [10, 100, 1000]) {
    await on(kind, { users: count + 1 }, async (session) => {
      const report = await session.run('joined', ['--conversations', count, '--visits', 10]);
      const { p50, max } = times(report, 'all joined');
      const cpu = Object.values(cpuByKind(report)).reduce((sum, each) => sum + each, 0) - (cpuByKind(report)['natter-bench'] ?? 0);
      rows.push([count, times(report, 'connected').p50, p50, max, round(p50 / count, 3), round((cpu * 1e3) / (10 * count), 2)]);
    });
  }
  return {
    title: 'Conversations a user: connecting, and joining all of them at once',
    head: ['conversations', 'connected p50 ms', 'all joined p50 ms', 'max ms', 'ms a conversation', 'CPU ms a join, all processes'], rows,
  };
}

async function idle(kind, { sockets, seconds }) {
  const rows = [];
  for (const count of [Math.round(sockets / 10), sockets]) {
    await on(kind, { users: 1000 }, async (session, target) => {
      const report = await session.run('connect', ['--sockets', count, '--at-once', 100, '--seconds', Math.max(seconds, 30)]);
      const gateway = (target.own.find(({ name }) => name.startsWith('gateway')) ?? target.own[0]).name;
      const cost = report.costs.find(({ name }) => name === gateway);
      rows.push([count, report.figures[`bytes a socket, ${gateway}`], round(cost.residentAfter / 1e6), round(report.figures[`% of a core while idle, ${gateway}`], 2), report.figures['connections a second']]);
    });
  }
  return {
    title: 'Idle sockets on one gateway',
    head: ['sockets', 'resident bytes a socket', 'resident MB', '% of a core', 'connections/s'], rows,
  };
}

export const TABLES = { gateways, conversations, history, joined, idle };
