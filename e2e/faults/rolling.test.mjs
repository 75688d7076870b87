// A rolling deploy: SIGTERM to every service in turn, each started again before the next one goes, behind the balancer.

import assert from 'node:assert/strict';

import { measured } from './figures.mjs';
import { row, sharedScene } from './scene.mjs';

const scene = sharedScene({ balancer: true, env: { NATTER_GATEWAY__PRE_STOP: '3s', NATTER_GATEWAY__DRAIN_WINDOW: '3s' } });

row('every service is replaced in turn', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  const [acked, begun] = [load.acked.length, Date.now()];
  for (const service of [...cluster.messageServices, ...cluster.presenceServices, ...cluster.mediaServices, ...cluster.gateways]) {
    assert.equal(await service.terminate(), 0, `${service.name} drains and ends with 0`);
    await load.flows(10);
    await service.start();
    await load.flows(10);
  }
  const sessions = load.talkers.flatMap((each) => each.sessions).filter(({ lostAt, resumedAt }) => lostAt >= begun && resumedAt);
  measured('rolling.ack', Math.max(...load.acked.slice(acked).map(({ since, at }) => at - since)));
  measured('rolling.resumed', Math.max(...sessions.map(({ lostAt, resumedAt }) => resumedAt - lostAt)));
  await scene.check();
});
