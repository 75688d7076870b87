// The broker dies and comes back.

import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';
import { untilTime } from '../harness/wait.mjs';

const scene = sharedScene();

row('nats-server is killed and restarted', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  await load.flows();
  await cluster.nats.kill9();
  // Away for a moment, and for longer than a command's deadline.
  await untilTime(Date.now() + [6_000, 500, 12_000][index % 3]);
  await cluster.nats.restart();
  const back = Date.now();
  measured('nats-restarted.caught-up', await load.reachesAll() - back);
  await scene.check({ lossy: true });
});
