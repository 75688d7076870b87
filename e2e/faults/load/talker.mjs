// A client as real ones are: it connects, joins, catches up by `afterRev` and, where that is too much, by `sync`; when its
// connection ends it goes to the next gateway and does so again. It writes down everything that it hears.

import { io } from 'socket.io-client';

import { until } from '../../harness/wait.mjs';
import { Record } from './record.mjs';

const ANSWER = 8_000;
const PAGE = 100;
const pause = (from, to) => new Promise((resolve) => { setTimeout(resolve, from + Math.random() * (to - from)); });

export class Talker {
  /** Each connection that was tried: `{number, url, lostAt, connectedAt, resumedAt, endedAt, why}`; times in ms since 1970. */
  sessions = [];
  /** What it was refused: `{at, event, code, error}`. */
  refusals = [];
  /** What it was told of others: `{at, session, user, online}`. */
  notices = [];
  /** Records by conversation. */
  records = new Map();
  /** Whether all of its conversations are joined and caught up. */
  resumed = false;
  #stopped = true;
  #leaving = false;
  #socket = null;

  /** `urls` are tried in turn, beginning with the first; `connect` are more options for the stock client. */
  constructor({ person, dialect, urls, conversations, connect = {}, pace = [50, 250] }) {
    Object.assign(this, { person, dialect, urls, connect, pace, id: person.id, name: person.username });
    for (const each of conversations) this.records.set(each.id, new Record(each, dialect.joins(each)));
  }

  get conversations() { return [...this.records.values()].map(({ conversation }) => conversation); }
  get session() { return this.sessions.at(-1)?.number ?? 0; }
  /** The address that it is connected to, or tries. */
  get url() { return this.urls[0]; }
  get isStopped() { return this.#stopped; }

  /** Connects, and again after every loss, until `stop`. */
  start() {
    this.#stopped = this.#leaving = false;
    this.#connect(Date.now());
    return this;
  }

  /** Waits until it has resumed. */
  async ready(timeout = 30_000) {
    const what = () => `${this.name} to resume (${this.sessions.slice(-3).map(({ url, why }) => `${url}: ${why ?? 'open'}`)})`;
    await until(() => this.resumed, 'it', timeout).catch(() => { throw new Error(`waited ${timeout} ms for ${what()}`); });
    return this;
  }

  /** Goes away for good, or until `start`. */
  stop() {
    this.#stopped = true;
    this.resumed = false;
    this.#socket?.disconnect();
  }

  /** Goes away when its present connection ends, as one who is not there to try again. */
  leaveWithConnection() { this.#leaving = true; }

  /** Connects to another address. */
  goTo(url) {
    if (this.url === url) return;
    const others = this.urls.filter((each) => each !== url);
    // The next address after a loss is the second one.
    this.urls = [others[0], url, ...others.slice(1)];
    this.#socket.io.engine.close();
  }

  /** Sends an event once; rejects where no answer comes. */
  emit(...event) { return this.#socket.timeout(ANSWER).emitWithAck(...event); }

  /** Does `event` until it is acknowledged, whatever happens meanwhile; null where it is refused for a reason of its own. */
  async insist(...event) {
    for (;;) {
      if (this.#stopped) return null;
      if (!this.resumed) {
        await pause(20, 50);
        continue;
      }
      const session = this.session;
      const ack = await this.emit(...event).catch((error) => ({ success: false, lost: true, error: error.message }));
      if (ack.success) return { ...ack, session };
      if (!ack.lost) this.refusals.push({ at: Date.now(), event: event[0], code: ack.code, error: ack.error });
      if (ack.lost || ack.code === 'UNAVAILABLE' || ack.code === 'RATE_LIMITED') await pause(100, 300);
      else return null;
    }
  }

  #connect(lostAt) {
    const session = { number: this.session + 1, url: this.url, lostAt };
    this.sessions.push(session);
    const auth = { token: this.person.token, dialect: this.dialect.name };
    const socket = io(this.url, { transports: ['websocket'], reconnection: false, forceNew: true, timeout: 3_000, ...this.connect, auth });
    this.#socket = socket;
    const lost = (why) => {
      if (session.endedAt) return;
      Object.assign(session, { endedAt: Date.now(), why });
      this.resumed = false;
      socket.removeAllListeners();
      socket.disconnect();
      if (this.#leaving) this.#stopped = true;
      if (!this.#stopped) this.#again(session);
    };
    socket.on('connect_error', (error) => lost(`connect_error: ${error.message}`));
    socket.on('disconnect', lost);
    socket.on('connect', () => { session.connectedAt = Date.now(); });
    for (const [event, read] of Object.entries(this.dialect.changes)) {
      socket.on(event, (payload) => { const change = read(payload); this.records.get(change.conversationId)?.live(session.number, change); });
    }
    for (const online of [true, false]) {
      const event = this.dialect[online ? 'online' : 'offline'];
      socket.on(event, ({ userId }) => this.notices.push({ at: Date.now(), session: session.number, user: userId, online }));
    }
    socket.once(this.dialect.ready, () => {
      this.#resume(session).then(() => {
        if (session.endedAt) return;
        session.resumedAt = Date.now();
        this.resumed = true;
      }, (error) => lost(`could not resume: ${error.message}`));
    });
  }

  /** Goes to the next address; soon at first, and more slowly where that is of no use. */
  async #again(session) {
    this.urls = [...this.urls.slice(1), this.urls[0]];
    const fresh = session.resumedAt !== undefined;
    await (fresh ? pause(...this.pace) : pause(200, 700));
    if (!this.#stopped) this.#connect(fresh ? session.endedAt : session.lostAt);
  }

  async #resume(session) {
    const records = [...this.records.values()];
    for (const record of records) if (!record.isJoined) record.hold();
    for (const record of records) {
      try {
        if (record.isJoined) await this.#join(session, record);
        else await this.#page(session, record);
      } finally {
        record.release();
      }
    }
  }

  async #join(session, record) {
    for (;;) {
      const afterRev = record.cursor;
      const ack = await this.emit(...this.dialect.join(record.conversation, afterRev));
      if (ack.success) return record.reached(session.number, afterRev, ack.rev);
      if (ack.code !== 'RESYNC') throw new Error(`${ack.code} ${ack.error}`);
      await this.#page(session, record);
    }
  }

  async #page(session, record) {
    const conversationId = record.conversation.id;
    const afterRev = record.cursor;
    for (let rev = record.cursor, hasMore = true; hasMore;) {
      const ack = await this.emit('sync', { cursors: [{ conversationId, rev }], limit: PAGE });
      if (!ack.success) throw new Error(`sync: ${ack.code} ${ack.error}`);
      const [page] = ack.conversations;
      for (const message of page.changes) record.paged(session.number, message);
      ({ rev, hasMore } = page);
      record.reached(session.number, afterRev, rev);
    }
  }
}
