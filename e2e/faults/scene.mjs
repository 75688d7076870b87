// What a row of the fault suite starts with: a cluster of real processes under load, and what it ends with: everything
// read and checked. A file has one scene, and its tests share it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Cluster } from '../harness/cluster/index.mjs';
import { testSettings } from '../harness/natter.mjs';
import { until } from '../harness/wait.mjs';
import { faultsOfNotices, faultsOfRecord } from './check/clients.mjs';
import { faultsOfApi, readStore } from './check/read.mjs';
import { faultsOfAcks, faultsOfConversation } from './check/store.mjs';
import { Load } from './load/load.mjs';

/** The long form repeats every row, with more load. */
export const LONG = process.env.NATTER_FAULTS === 'long';
const REPETITIONS = Number(process.env.NATTER_FAULTS_REPEAT ?? (LONG ? 5 : 1));
/** ms between two errands of a client. */
const PAUSE = LONG ? 500 : 1_000;
const SHOWN = 20;

/** For how long presence may take to be right where nothing more is promised. */
const PRESENCE = 40_000;

/** A test of a fault; `body(index)` is done several times in the long form, each time after the scene is whole again. */
export function row(name, body) {
  test(name, async (context) => {
    for (let index = 0; index < REPETITIONS; index += 1) {
      if (REPETITIONS > 1) context.diagnostic(`repetition ${index + 1}`);
      await body(index);
    }
  });
}

export class Scene {
  /** @type {Cluster} */ cluster;
  /** @type {Load} */ load;

  /** A cluster with `options` (see `Cluster.start`) under a load with `load` (see `Load.start`; null for none). */
  static async start({ load = {}, env, ...options } = {}) {
    const scene = new Scene();
    scene.cluster = await Cluster.start({ ...options, env: testSettings({ NATTER_AUTH__ACCESS_TOKEN_TTL: '2h', ...env }) });
    try {
      if (load) scene.load = await Load.start(scene.cluster, { pause: PAUSE, urls: scene.urls, ...load });
    } catch (error) {
      const output = scene.cluster.output();
      await scene.cluster.stop().catch(() => {});
      throw new Error(`${error.message}\n${output}`, { cause: error });
    }
    scene.load?.talk();
    return scene;
  }

  /** Where clients connect to: the balancer where there is one, or else each gateway. */
  get urls() { return (this.cluster.balancer ? [this.cluster.balancer] : this.cluster.gateways).map(({ url }) => url); }

  /**
   * Has the load come to rest, checks everything that there is, and lets the load go on. `lossy`: events may have been
   * lost on the way, see `faultsOfRecord`. `refusals`: codes that clients may have been answered meanwhile.
   */
  async check({ lossy = false, refusals = ['UNAVAILABLE'] } = {}) {
    const { load, cluster } = this;
    await load.settle();
    this.lossy ||= lossy;
    const faults = await this.#faultsOfTalk(refusals);
    await this.presence().catch((error) => faults.push(error.message));
    const online = new Set(load.present.map(({ id }) => id));
    faults.push(...load.present.flatMap((each) => faultsOfNotices(each, online)));
    if (faults.length > 0) {
      assert.fail(`${faults.length} faults:\n  ${faults.slice(0, SHOWN).join('\n  ')}\n${cluster.output().slice(-6_000)}`);
    }
    load.talk();
  }

  async #faultsOfTalk(refusals) {
    const { load, cluster } = this;
    const stored = await readStore(cluster.mongodb.url, load.conversations.map(({ id }) => id));
    const faults = [...stored.flatMap(faultsOfConversation), ...faultsOfAcks(load.acked, stored, load.abandoned)];
    for (const conversation of stored) {
      const inside = load.talkers.filter((each) => each.records.has(conversation.id));
      faults.push(...await faultsOfApi(inside[0].person, conversation));
      for (const { records, id: me, name, dialect } of inside.filter((each) => !each.isStopped)) {
        faults.push(...faultsOfRecord(records.get(conversation.id), conversation, { me, name: `${name} (${dialect.name})`, lossy: this.lossy }));
      }
    }
    const unexpected = load.refusals.filter(({ code, error }) => !refusals.includes(code) && error !== 'Message was deleted');
    return [...faults, ...unexpected.map((each) => `refused: ${JSON.stringify(each)}`)];
  }

  /** Waits until everybody is shown as what they are, by each gateway; resolves with when. */
  async presence(timeout = PRESENCE) {
    const { load } = this;
    const urls = [...new Set(load.present.map(({ url }) => url))];
    for (const url of urls) {
      let wrong = [];
      await until(async () => {
        const asker = load.present.find((each) => each.url === url && each.resumed);
        if (!asker) return load.on(url).length === 0;
        const ack = await asker.emit(asker.dialect.presence, { userIds: load.talkers.map(({ id }) => id) });
        if (!ack.success) throw new Error(`${ack.code} ${ack.error}`);
        const shown = new Map(ack.users.map(({ userId, status }) => [userId, status === 'online']));
        wrong = load.talkers.filter((each) => shown.get(each.id) === each.isStopped).map(({ name, isStopped }) => `${name} is ${isStopped ? 'gone' : 'there'}`);
        return wrong.length === 0;
      }, 'presence', timeout).catch((error) => { throw new Error(`presence at ${url} is not right: ${error.message}: ${wrong.slice(0, SHOWN)}`); });
    }
    return Date.now();
  }

  /** Everybody is there, half of them on each gateway, and all is well: what a repetition begins with. */
  async whole() {
    const { load, cluster } = this;
    for (const each of [...cluster.servers, ...cluster.services]) await (each.isRunning ? each.untilReady() : each.start());
    for (const each of load.talkers) if (each.isStopped) each.start();
    load.talkers.forEach((each, index) => each.goTo(this.urls[index % this.urls.length]));
    await Promise.all(load.talkers.map((each) => each.ready()));
    load.talk();
    await this.presence();
  }

  async stop() {
    await this.load?.stop();
    await this.cluster.stop();
  }
}

/** One scene for a file: started before its first test, stopped after its last. */
export function sharedScene(options) {
  const shared = {};
  before(async () => { shared.scene = await Scene.start(typeof options === 'function' ? await options() : options); });
  after(async () => { await shared.scene?.stop(); });
  return new Proxy({}, {
    get(_target, property) {
      const value = shared.scene[property];
      return typeof value === 'function' ? value.bind(shared.scene) : value;
    },
  });
}
