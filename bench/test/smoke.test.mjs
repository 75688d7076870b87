// Every scenario of natter-bench, short, against both servers: that all arrives and is counted. Nothing is timed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Session } from '../harness/generator.mjs';
import { TARGETS } from '../harness/targets.mjs';

const USERS = 12;
const SHORT = ['--seconds', '0.5', '--warmup', '0'];

/** The faults that a server may have all the same: the peer gives no order, and may repeat what a catch-up brings. */
const FORGIVEN = { standalone: [], peer: ['disordered', "against a sender's order", 'doubled'] };

function sound(report, forgiven) {
  for (const [name, count] of Object.entries(report.faults)) {
    if (!forgiven.includes(name)) assert.equal(count, 0, `${name}: ${report.firstFault ?? ''}`);
  }
  assert.equal(report.firstFault, undefined);
}

const counted = (report, ...names) => {
  for (const name of names) assert.ok(report.figures[name] > 0, `${name}: ${JSON.stringify(report.figures)}`);
};

for (const [name, forgiven] of Object.entries(FORGIVEN)) {
  describe(name, () => {
    let target;
    let session;
    const run = async (scenario, ...args) => {
      const report = await session.run(scenario, [...SHORT, ...args, ...(forgiven.length > 0 ? ['--lenient'] : [])]);
      sound(report, forgiven);
      return report;
    };
    before(async () => {
      target = await TARGETS[name]();
      session = await Session.open(target, { users: USERS, quiet: true });
    });
    after(async () => {
      await session?.close();
      await target?.stop();
    });

    test('connect', async () => {
      const report = await run('connect', '--sockets', 30, '--at-once', 5);
      assert.equal(report.figures.sockets, 30);
      assert.equal(report.times[0][1].count, 30);
      assert.deepEqual(report.costs.map((cost) => cost.name), [...target.own, ...target.servers].map((each) => each.name).concat('natter-bench'));
    });
    test('connect at a rate', async () => {
      assert.equal((await run('connect', '--sockets', 20, '--rate', 100)).times[0][1].count, 20);
    });
    test('fanout', async () => {
      const report = await run('fanout', '--rooms', 2, '--sockets', 6);
      counted(report, 'acks', 'deliveries', 'sends');
    });
    test('fanout at a rate', async () => {
      const report = await run('fanout', '--rooms', 2, '--sockets', 6, '--rate', 40);
      // What was sent just before the end arrives later, and counts all the same.
      assert.equal(report.times.find(([what]) => what === 'send to deliver')[1].count, report.figures.sends * 6);
    });
    test('persist', async () => counted(await run('persist', '--rooms', 4), 'acks', 'deliveries'));
    test('relay', async () => {
      const report = await run('relay', '--sockets', 10, '--rate', 40);
      counted(report, 'deliveries');
      assert.equal(report.figures.dropped, 0);
    });
    test('churn', async () => {
      const report = await run('churn', '--rooms', 2, '--sockets', 4, '--rate', 40, '--stay', 0.2, '--away', 0.05);
      counted(report, 'visits', 'deliveries', 'acks');
      if (forgiven.length === 0) assert.equal(report.figures.deliveries, report.figures.acks * 4);
    });
    test('spread', async () => counted(await run('spread', '--conversations', 20, '--sockets', 9, '--outstanding', 30), 'acks'));
    test('joined', async () => counted(await run('joined', '--conversations', 8, '--visits', 3), 'joins'));
  });
}

test('a server that is not there is an error, with its reason', async () => {
  const target = { urls: ['http://127.0.0.1:1'], own: [], servers: [] };
  await assert.rejects(Session.open(target, { users: 1, quiet: true }), /natter-bench users failed \(1\): .*register/);
});
