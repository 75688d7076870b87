// The store dies and comes back.

import { untilTime } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene();

row('mongod is killed and restarted', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  await load.flows();
  await cluster.mongodb.members[0].kill9();
  // Away for a moment, and for longer than a command's deadline.
  await untilTime(Date.now() + [3_000, 8_000][index % 2]);
  await cluster.mongodb.members[0].restart();
  await cluster.mongodb.primary();
  const primary = Date.now();
  measured('mongod-restarted.writes', await load.reachesAll() - primary);
  await scene.check({ lossy: true });
});
