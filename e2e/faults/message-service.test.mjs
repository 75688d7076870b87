// A message service dies at the three places where it hurts most: before it has written, after that and before it has told
// anybody, after that and before it has answered. It ends itself there; builds with the feature `crash-points` can.

import assert from 'node:assert/strict';

import { until } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { delivered } from './outcomes.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene();
const PATIENCE = 60_000;
/** How often it passes the point before. */
const PASSES = 30;
/** ms between its end and when that is seen, at most. */
const SEEN_LATER = 1_000;

for (const point of ['before-write', 'after-write', 'after-publish']) {
  row(`killed ${point.replace('-', ' its ')}`, async (index) => {
    await scene.whole();
    const { load, cluster } = scene;
    const service = cluster.messageServices[index % 2];
    await service.terminate();
    service.env.NATTER_CRASH_AT = `${point}:${PASSES}`;
    await service.restart();
    load.talk();
    assert.notEqual(await service.dies(), 0);
    const crashed = Date.now();
    delete service.env.NATTER_CRASH_AT;
    const before = () => load.errands.flatMap(({ underWay }) => [...underWay]).filter(({ what, since }) => what === 'send' && since <= crashed);
    await until(() => before().length === 0, 'what was under way', PATIENCE);
    // Its end is seen a little later than it happens: what it left may have been done by the other one by then.
    const sends = load.acked.filter(({ what, since, at }) => what === 'send' && since <= crashed && at >= crashed - SEEN_LATER);
    assert.ok(sends.length > 0, 'it died in the middle of sends');
    measured(`${point}.delivered`, Math.max(0, await delivered(load, sends) - crashed));
    await service.restart();
    await load.flows();
    await scene.check({ lossy: true });
  });
}
