// Members of a replica set die or stop: without a majority nothing is acknowledged, and nothing that was is lost.

import assert from 'node:assert/strict';

import { untilTime } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene({ mongoMembers: 3 });
/** Longer than a write waits for its majority, and than the primary takes to step down. */
const STOPPED = 15_000;

row('the primary is killed', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  await load.flows();
  const primary = await cluster.mongodb.primary();
  await primary.kill9();
  await cluster.mongodb.primary();
  const elected = Date.now();
  const took = await load.reachesAll() - elected;
  await primary.restart();
  measured('primary-killed.writes', took);
  await scene.check({ lossy: true });
});

row('both secondaries are stopped, and continued', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  await load.flows();
  const secondaries = await cluster.mongodb.secondaries();
  await Promise.all(secondaries.map((each) => each.pause()));
  const stopped = Date.now();
  await untilTime(stopped + STOPPED);
  const continued = Date.now();
  // Before the first is continued: what was begun while there was no majority was not acknowledged.
  const early = load.acked.filter(({ since, at }) => since > stopped && at < continued);
  for (const each of secondaries) each.continue();
  await cluster.mongodb.primary();
  const primary = Date.now();
  const took = await load.reachesAll() - primary;
  assert.deepEqual(early, [], 'acknowledged without a majority');
  assert.ok(load.errands.length > 0 && load.refusals.some(({ at }) => at > stopped && at < continued), 'somebody tried');
  measured('secondaries-stopped.writes', took);
  await scene.check({ lossy: true });
});
