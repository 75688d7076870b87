// Exactly the last event of a conversation is lost: no later one shows the gap.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { Link } from './proxy/link.mjs';
import { publishFilter } from './proxy/nats-frames.mjs';
import { row, sharedScene } from './scene.mjs';

/** For how long nothing must have been said of a conversation, so that the next thing said is the change. */
const QUIET = 4_000;
/** Whether a message on this subject is to be dropped. */
let drops = () => false;
const links = [];
/** When something was last published, by subject. */
const published = new Map();

const seen = (subject) => {
  published.set(subject, Date.now());
  return drops(subject);
};
const scene = sharedScene({
  through: async (service, server, url) => {
    if (!service.startsWith('message-service') || server !== 'nats') return url;
    const link = await Link.to(new URL(url).port, { filter: { up: () => publishFilter(seen) } });
    links.push(link);
    return `nats://127.0.0.1:${link.port}`;
  },
});
after(() => Promise.all(links.map((each) => each.close())));

const subject = ({ id }) => `natter.v1.conversation.${id}`;

/** The first thing on each of these subjects is dropped, and nothing else; resolves with how long all took to see the change. */
async function dropped(conversation, subjects) {
  const { load } = scene;
  const quiet = () => subjects.every((each) => Date.now() - (published.get(each) ?? 0) > QUIET);
  await load.settle();
  await until(quiet, 'quiet', 30_000);
  const waiting = new Set(subjects);
  drops = (each) => waiting.delete(each);
  const sender = load.present.find((each) => each.records.has(conversation.id));
  const { id, rev, at } = await load.errandsOf(sender).send(conversation, 'told to nobody');
  assert.equal(waiting.size, 0, 'the event was dropped');
  await until(() => load.behind(conversation, rev).length === 0, 'all to see it', 30_000);
  const others = load.present.filter((each) => each !== sender && each.records.has(conversation.id));
  return Math.max(...others.map((each) => each.records.get(conversation.id).entries.find((entry) => entry.id === id).at)) - at;
}

const isSnake = (id) => scene.load.talkers.find((each) => each.id === id).dialect.name === 'snake';

row('a group\'s', async (index) => {
  await scene.whole();
  const group = scene.load.conversations.filter(({ type }) => type === 'group')[index % 6];
  measured('last-event.seen', await dropped(group, [subject(group)]));
  await scene.check();
});

row('a direct conversation\'s, where both join', async () => {
  const direct = scene.load.conversations.find(({ type, members }) => type === 'direct' && !members.some(isSnake));
  measured('last-event.seen', await dropped(direct, [subject(direct)]));
  await scene.check();
});

row('a direct conversation\'s, where nobody joins', async () => {
  const direct = scene.load.conversations.find(({ type, members }) => type === 'direct' && members.every(isSnake));
  measured('last-event.seen', await dropped(direct, [subject(direct), ...direct.members.map((each) => `natter.v1.directs.${each}`)]));
  await scene.check();
});
