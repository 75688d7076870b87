// Two thousand clients of one gateway lose it, and all come to the other one at the same moment.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { groupId, people } from '../harness/people.mjs';
import { until } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { LONG, row, sharedScene } from './scene.mjs';

const CLIENTS = 2_000;
/** Registering takes longer than all else, so that each has several clients. */
const USERS = LONG ? 1_000 : 200;
const GROUP = 20;
const PATIENCE = 120_000;
const scene = sharedScene({ load: null });

/** The process of the clients. */
class Herd {
  #process = fork(fileURLToPath(new URL('./load/herd.mjs', import.meta.url)));
  #asked = 0;

  ask(order, more = {}) {
    const id = (this.#asked += 1);
    return new Promise((resolve) => {
      const hear = (message) => {
        if (message.id !== id) return;
        this.#process.off('message', hear);
        resolve(message.answer);
      };
      this.#process.on('message', hear);
      this.#process.send({ id, order, ...more });
    });
  }

  /** Waits until all are there; resolves with the report. */
  async all(since) {
    let report;
    await until(async () => {
      report = await this.ask('report');
      return report.resumed === CLIENTS && report.last > since;
    }, 'all clients', PATIENCE).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(report)}`); });
    return report;
  }

  end() { this.#process.disconnect(); }
}

row('2,000 clients reconnect at once', async (index) => {
  const { cluster } = scene;
  const [dying, other] = index % 2 ? [...cluster.gateways].reverse() : cluster.gateways;
  const users = await people({ url: (at) => cluster.url(at) }, USERS);
  const members = [];
  for (let first = 0; first < USERS; first += GROUP) {
    const group = users.slice(first, first + GROUP);
    const conversationId = await groupId(group);
    await group[0].post(`/api/conversations/${conversationId}/messages`, { text: 'welcome' });
    for (const { token } of group) for (let copy = 0; copy < CLIENTS / USERS; copy += 1) members.push({ token, conversationId });
  }
  assert.equal(members.length, CLIENTS);
  const herd = new Herd();
  try {
    await herd.ask('start', { members, url: dying.url });
    const before = await herd.all(0);
    await herd.ask('next', { url: other.url });
    const killed = Date.now();
    await dying.kill9();
    const { last, attempts } = await herd.all(killed);
    assert.ok(attempts >= before.attempts + CLIENTS);
    measured('herd.resumed', last - killed);
  } finally {
    herd.end();
  }
  await dying.restart();
});
