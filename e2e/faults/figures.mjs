// What is promised of each fault, and what was measured: a line of JSON a measurement, in the file that
// NATTER_FAULTS_RESULTS names. `docs.mjs` makes docs/faults.md of it.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';

/** Every figure: `{fault, what, bound?, file}`; `bound` in seconds, which the suite asserts. */
export const FIGURES = {
  'gateway-killed.resumed': { fault: 'a gateway killed (-9)', what: 'its clients have resumed on the other, from when each began to reconnect', bound: 5, file: 'gateways' },
  'gateway-killed.offline': { fault: 'a gateway killed (-9)', what: 'who did not come back is shown offline, from the kill', bound: 30, file: 'gateways' },
  'gateway-stopped.resumed': { fault: 'a gateway stopped for 40 s, and continued', what: 'its clients have resumed on the other, from when each began to reconnect', bound: 5, file: 'gateways' },
  'gateway-stopped.offline': { fault: 'a gateway stopped for 40 s, and continued', what: 'who went meanwhile is shown offline, from the stop', bound: 30, file: 'gateways' },
  'before-write.delivered': { fault: 'message-service killed before its write', what: 'what was under way is stored once and delivered to all, from the kill', bound: 5, file: 'message-service' },
  'after-write.delivered': { fault: 'message-service killed after its write, before its publish', what: 'what was under way is stored once and delivered to all, from the kill', bound: 5, file: 'message-service' },
  'after-publish.delivered': { fault: 'message-service killed after its publish, before its reply', what: 'what was under way is stored once and delivered to all, from the kill', bound: 5, file: 'message-service' },
  'presence-killed.offline': { fault: 'presence-service killed in mid-sweep', what: 'everybody was told of everybody who went, from the end of their gateway', bound: 30, file: 'workers' },
  'media-killed.uploads': { fault: 'media-service killed in mid-upload', what: 'the upload, done again at another one, is served whole', file: 'workers' },
  'nats-restarted.caught-up': { fault: 'nats-server killed and restarted', what: 'a message sent in every conversation has reached everybody, from its return', bound: 10, file: 'nats' },
  'link-cut.unready': { fault: 'link of a gateway to NATS cut for 60 s', what: 'that gateway is unready, from the cut', bound: 10, file: 'link' },
  'link-cut.moved': { fault: 'link of a gateway to NATS cut for 60 s', what: 'its clients have resumed on the other, from the cut', file: 'link' },
  'link-cut.caught-up': { fault: 'link of a gateway to NATS cut for 60 s', what: 'its clients are back on it, and a message sent in every conversation has reached everybody, from its return', bound: 10, file: 'link' },
  'last-event.seen': { fault: 'exactly the last published event of a conversation dropped', what: 'all have seen the change, from the ack', bound: 5, file: 'last-event' },
  'mongod-restarted.writes': { fault: 'mongod killed and restarted', what: 'a message sent in every conversation has reached everybody, from when there is a primary', bound: 15, file: 'mongod' },
  'primary-killed.writes': { fault: 'primary of a three-member set killed', what: 'a message sent in every conversation has reached everybody, from when there is a primary', bound: 15, file: 'replica-set' },
  'secondaries-stopped.writes': { fault: 'both secondaries stopped, and continued', what: 'a message sent in every conversation has reached everybody, from when there is a primary', bound: 15, file: 'replica-set' },
  'redis-empty.presence': { fault: 'Redis killed, and restarted empty', what: 'presence is right, from its return', bound: 15, file: 'redis' },
  'redis-empty.ack': { fault: 'Redis killed, and restarted empty', what: 'slowest ack of a message while it was away', bound: 5, file: 'redis' },
  'stalled.disconnected': { fault: 'a client that stops reading', what: 'it is disconnected, from when it stopped', bound: 10, file: 'stalled' },
  'stalled.others': { fault: 'a client that stops reading', what: 'slowest delivery to the others meanwhile', file: 'stalled' },
  'writers.ack': { fault: '50 writers in one conversation over both replicas, which are stopped and started', what: 'slowest ack', file: 'writers' },
  'rolling.ack': { fault: 'SIGTERM to every service in turn, under load', what: 'slowest ack, with all retries', file: 'rolling' },
  'rolling.resumed': { fault: 'SIGTERM to every service in turn, under load', what: 'clients have resumed, from when each began to reconnect', file: 'rolling' },
  'herd.resumed': { fault: '2,000 clients reconnect at once', what: 'all have resumed', bound: 20, file: 'herd' },
};

/** Notes a figure in ms, and asserts its bound. */
export function measured(key, ms) {
  const figure = FIGURES[key];
  assert.ok(figure, `no such figure: ${key}`);
  assert.ok(Number.isFinite(ms) && ms >= 0, `${key}: ${ms} is no time`);
  const results = process.env.NATTER_FAULTS_RESULTS;
  if (results) appendFileSync(results, `${JSON.stringify({ key, ms: Math.round(ms) })}\n`);
  const { what, bound } = figure;
  if (bound) assert.ok(ms <= bound * 1000, `${what}: ${(ms / 1000).toFixed(1)} s, and the bound is ${bound} s`);
}
