// Redis dies and comes back with nothing: messages flow meanwhile, and who is online is soon right again.

import assert from 'node:assert/strict';

import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene();
/** Messages that have to flow without it. */
const FLOW = 100;

row('Redis is killed, and restarted empty', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  const leaving = load.talkers.slice(7, 9);
  const refused = load.refusals.length;
  await cluster.redis.kill9();
  const killed = Date.now();
  for (const each of leaving) each.stop();
  await load.flows(FLOW);
  await load.reachesAll();
  const flown = Date.now();
  await cluster.redis.restart();
  const back = Date.now();
  measured('redis-empty.presence', await scene.presence() - back);
  const meanwhile = load.acked.filter(({ since, at }) => since >= killed && at <= flown);
  measured('redis-empty.ack', Math.max(...meanwhile.map(({ since, at }) => at - since)));
  assert.deepEqual(load.refusals.slice(refused), [], 'nothing is refused meanwhile');
  await scene.check();
});
