// The link between one gateway and the broker is cut, as where a cable is pulled: nothing comes, and nobody is told.

import { after } from 'node:test';

import { until, untilTime } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { Link } from './proxy/link.mjs';
import { row, sharedScene } from './scene.mjs';

const CUT = 60_000;
let link;
const scene = sharedScene({
  through: async (service, server, url) => {
    if (service !== 'gateway-1' || server !== 'nats') return url;
    link = await Link.to(new URL(url).port);
    return `nats://127.0.0.1:${link.port}`;
  },
});
after(() => link?.close());

row('a gateway\'s link to NATS is cut for 60 s', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  const gateway = cluster.gateways[1];
  const there = load.on(gateway.url);
  await load.flows();
  const cut = Date.now();
  link.blackhole();
  await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 503, 'it to be unready', CUT);
  const unready = Date.now() - cut;
  await until(() => there.every((each) => each.resumed && each.url !== gateway.url), 'its clients to be elsewhere', CUT);
  const moved = Date.now() - cut;
  await load.reachesAll();
  await untilTime(cut + CUT);
  const back = Date.now();
  link.restore();
  await gateway.untilReady();
  for (const each of there) each.goTo(gateway.url);
  await until(() => there.every((each) => each.resumed && each.url === gateway.url), 'its clients to be back', CUT);
  const caughtUp = await load.reachesAll() - back;
  measured('link-cut.unready', unready);
  measured('link-cut.moved', moved);
  measured('link-cut.caught-up', caughtUp);
  await scene.check({ lossy: true });
});
