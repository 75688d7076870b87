// Many clients in several conversations, of both dialects, all of them talking: what runs while something is made to fail.

import { directId, groupId, people } from '../../harness/people.mjs';
import { until } from '../../harness/wait.mjs';
import { COLON, SNAKE } from './dialects.mjs';
import { Errands } from './errands.mjs';
import { Talker } from './talker.mjs';

const SETTLE = 60_000;
const SNAKES = new Set([3, 4, 5, 12, 19, 27, 33, 38]);
/** Of 10 conversations: six groups, and these pairs: two of one dialect each, and two of both. */
const PAIRS = [[0, 1], [4, 5], [2, 3], [6, 12]];

/** Who is in which: `[{type, members: [index]}]`. */
function plan(clients) {
  const groups = Array.from({ length: 6 }, (_, group) => ({
    type: 'group', members: Array.from({ length: clients }, (_each, index) => index).filter((index) => index % 6 === group || index % 11 === group),
  }));
  return [...groups, ...PAIRS.map((members) => ({ type: 'direct', members }))];
}

export class Load {
  /** Its clients, and what each of them does. */
  talkers = []; errands = [];
  conversations = [];

  /** Users, conversations and connected clients; nobody sends before `talk`. `urls` are the gateways, which clients are spread over. */
  static async start(server, { clients = 40, urls = [server.url(0), server.url(1)], pause, connect } = {}) {
    const load = new Load();
    const persons = await people(server, clients);
    for (const { type, members } of plan(clients)) {
      const those = members.map((index) => persons[index]);
      const id = type === 'group' ? await groupId(those) : await directId(...those);
      load.conversations.push({ id, type, members: those.map((each) => each.id) });
    }
    persons.forEach((person, index) => {
      const conversations = load.conversations.filter(({ members }) => members.includes(person.id));
      const start = index % urls.length;
      const talker = new Talker({ person, dialect: SNAKES.has(index) ? SNAKE : COLON, conversations, connect, urls: [...urls.slice(start), ...urls.slice(0, start)] });
      load.talkers.push(talker.start());
      load.errands.push(new Errands(talker, { pause }));
    });
    await Promise.all(load.talkers.map((each) => each.ready()));
    return load;
  }

  /** Those who have not been stopped. */
  get present() { return this.talkers.filter((each) => !each.isStopped); }
  get acked() { return this.errands.flatMap(({ acked }) => acked); }
  get abandoned() { return new Set(this.errands.flatMap(({ abandoned }) => [...abandoned])); }
  get refusals() { return this.talkers.flatMap(({ name, refusals }) => refusals.map((each) => ({ name, ...each }))); }
  /** Clients whose present connection is to this address. */
  on(url) { return this.present.filter((each) => each.url === url); }
  errandsOf(talker) { return this.errands[this.talkers.indexOf(talker)]; }
  talk() { for (const each of this.errands) if (!each.talker.isStopped) each.start(); }

  /** Waits until the load has done `count` more sends: then whatever went wrong before is known to be over, or is not. */
  async flows(count = 20, timeout = SETTLE) {
    const before = this.acked.length;
    await until(() => this.acked.length >= before + count, `${count} more acks`, timeout);
  }

  /** Sends once into each conversation and waits until all who are there have seen it, and all before it; resolves with when that was. */
  async reachesAll(timeout = SETTLE) {
    await Promise.all(this.conversations.map(async (conversation) => {
      const inside = this.present.filter((each) => each.records.has(conversation.id));
      const marker = await this.errandsOf(inside[0]).send(conversation, `marker ${Date.now()}`);
      await until(() => marker && this.behind(conversation, marker.rev).length === 0, `rev ${marker?.rev} of ${conversation.id} at all`, timeout).catch((error) => {
        throw new Error(`${error.message}; not at ${this.behind(conversation, marker?.rev).map((each) => each.name)}`);
      });
    }));
    return Date.now();
  }

  /** Who is present and has not seen `rev` of a conversation. */
  behind({ id }, rev) { return this.present.filter((each) => each.records.has(id) && !(each.resumed && each.records.get(id).known >= rev)); }

  /** Nobody begins anything, everything begun is acknowledged, everybody is connected and has seen all. */
  async settle(timeout = SETTLE) {
    await Promise.race([
      Promise.all(this.errands.map((each) => each.stop())),
      new Promise((_resolve, reject) => {
        setTimeout(() => reject(new Error(`not acknowledged within ${timeout} ms: ${JSON.stringify(this.errands.filter((each) => each.underWay.size > 0)
          .map(({ underWay, talker }) => [talker.name, ...underWay, talker.sessions.at(-1), talker.refusals.at(-1)]))}`)), timeout).unref();
      }),
    ]);
    await Promise.all(this.present.map((each) => each.ready(timeout)));
    await this.reachesAll(timeout);
  }

  /** Ends it. */
  stop() {
    for (const each of this.talkers) each.stop();
    return Promise.all(this.errands.map((each) => each.stop()));
  }
}
