// A gateway dies, or stops for a while: its clients go on at the other one, and who does not come back is shown so.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { ok } from '../harness/http.mjs';
import { directId, people, say } from '../harness/people.mjs';
import { RawSocket } from '../harness/raw.mjs';
import { until, untilTime } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { resumed, toldOffline } from './outcomes.mjs';
import { row, sharedScene } from './scene.mjs';

/**
 * Clients find that a gateway is silent, and go to the other one, before its lease ends: who is away at the moment when
 * contacts are told hears of it only by asking.
 */
const PINGS = { NATTER_GATEWAY__PING_INTERVAL: '3s', NATTER_GATEWAY__PING_TIMEOUT: '5s' };
/** Clients may have left, and the gateway does not yet hold anybody for gone. */
const PAST_PINGS = 6_000;
/** The answer to the first ping, which comes at once. */
const PONG = '3';
const scene = sharedScene({ env: PINGS });
/** Far longer than any bound here. */
const PATIENCE = 60_000;
const STOPPED = 40_000;

/** Clients of a gateway: those that come back, and four that don't. */
function clientsOf(gateway) {
  const there = scene.load.on(gateway.url);
  const leaving = there.slice(2, 6);
  assert.equal(leaving.length, 4);
  return { leaving, staying: there.filter((each) => !leaving.includes(each)) };
}

// The first one: presence is then still in a Redis that was empty less than a minute ago.
row('a gateway is stopped for 40 s, and continued', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  const gateway = cluster.gateways[(index + 1) % 2];
  const { leaving, staying } = clientsOf(gateway);
  const stopped = Date.now();
  await gateway.pause();
  after(() => gateway.continue());
  for (const each of leaving) each.stop();
  const [took, told] = await Promise.all([resumed(staying, stopped), toldOffline(load, leaving, stopped)]);
  await untilTime(stopped + STOPPED);
  const continued = Date.now();
  gateway.continue();
  measured('gateway-stopped.resumed', took);
  measured('gateway-stopped.offline', told - stopped);
  await gateway.untilReady();
  // Somebody comes back through it. What it had to tell of those who were there before, it has told before that.
  const [first, ...gone] = leaving;
  first.urls = [gateway.url, ...first.urls.filter((each) => each !== gateway.url)];
  await first.start().ready();
  const friend = load.present.find((each) => each !== first && each.conversations.some(({ members }) => members.includes(first.id)));
  await until(() => friend.notices.some(({ at, user, online }) => at >= continued && user === first.id && online), 'who came back', PATIENCE);
  await scene.check();
  const ghosts = load.present.flatMap(({ notices }) => notices).filter(({ at, user, online }) => online && at >= told && gone.some(({ id }) => id === user));
  assert.deepEqual(ghosts, []);
});

row('a gateway is killed', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  const gateway = cluster.gateways[index % 2];
  const { leaving, staying } = clientsOf(gateway);
  for (const each of leaving) each.leaveWithConnection();
  const killed = Date.now();
  await gateway.kill9();
  const [took, told] = await Promise.all([resumed(staying, killed), toldOffline(load, leaving, killed)]);
  measured('gateway-killed.resumed', took);
  measured('gateway-killed.offline', told - killed);
  await gateway.restart();
  await scene.check();
});

row('what is asked of a gateway that is stopped is not done when it goes on', async (index) => {
  await scene.whole();
  const { gateways } = scene.cluster;
  const [gateway, other] = index % 2 ? gateways.toReversed() : gateways;
  const [author, reader] = await people({ url: () => other.url }, 2);
  const id = await directId(author, reader);
  const there = await author.join(id);
  const { messageId } = await say(there, id, 'first');
  const raw = await RawSocket.open(gateway.url, author.token);
  raw.send(PONG);
  assert.ok(await raw.acknowledged('join:conversation', { conversationId: id }));
  const stopped = Date.now();
  await gateway.pause();
  after(() => gateway.continue());
  raw.send(`421${JSON.stringify(['message:edit', { messageId, text: 'asked of who was stopped' }])}`);
  await untilTime(stopped + PAST_PINGS);
  // No answer came, and so the author has turned to the other one.
  await there.must('message:edit', { messageId, text: 'asked of the other' });
  gateway.continue();
  await until(() => raw.closed, 'the connection to be closed', PATIENCE);
  assert.equal(ok(await reader.get(`/api/messages/${messageId}`)).text, 'asked of the other');
  await scene.check();
});
