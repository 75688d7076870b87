// A stock socket.io-client with a recorder: every event is kept from before the first one can arrive,
// so that no test misses one, and absence can be told from the record.

import assert from 'node:assert/strict';
import { io } from 'socket.io-client';

import { SOON, until } from './wait.mjs';

const open = new Set();

/** Closes every client that a test left open. */
export function closeAll() { for (const client of open) client.close(); }

export class Client {
  /** Every event so far: `{event, payload}`, in order of arrival, "session:ready" included. */
  log = [];
  /** Why the server or the network ended the connection, in order. */
  disconnects = [];
  #taken = new Set();

  constructor(url, options = {}) {
    this.socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options });
    this.socket.onAny((event, payload, ...rest) => this.log.push({ event, payload, rest }));
    this.socket.on('disconnect', (reason) => this.disconnects.push(reason));
    open.add(this);
  }

  /** Waits for `connect`; rejects with the `connect_error` otherwise. */
  async connected() {
    if (!this.socket.connected) {
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no connect and no connect_error')), SOON);
        const end = (settle) => (value) => { clearTimeout(timer); settle(value); };
        this.socket.once('connect', end(resolve));
        this.socket.once('connect_error', end(reject));
      });
    }
    return this;
  }

  /** Sends an event and resolves with its ack, which must come within the bound. */
  async emit(event, ...args) {
    return this.socket.timeout(SOON).emitWithAck(event, ...args);
  }

  /** Sends an event without asking for an ack. */
  tell(event, ...args) { this.socket.emit(event, ...args); }

  /** `emit`, for an event that must succeed. */
  async must(event, ...args) {
    const ack = await this.emit(event, ...args);
    assert.equal(ack?.success, true, `${event}: ${JSON.stringify(ack)}`);
    return ack;
  }

  /** The payload of the first recorded or coming event that matches and that `next` has not yet returned. */
  async next(event, matches = () => true, timeout = SOON) {
    const probe = () => this.log.find((entry) => entry.event === event && !this.#taken.has(entry) && matches(entry.payload));
    let entry;
    try {
      entry = await until(probe, event, timeout);
    } catch (error) {
      const recent = this.log.slice(-8).map((each) => `${each.event} ${JSON.stringify(each.payload)?.slice(0, 200)}`);
      throw new Error(`${error.message}; the last events were:\n  ${recent.join('\n  ') || '(none)'}`);
    }
    this.#taken.add(entry);
    return entry.payload;
  }

  /** A place in the record, for `seen` to start from. */
  mark() { return this.log.length; }

  /** Payloads of the recorded events that match, from place `from` on. */
  seen(event, matches = () => true, from = 0) {
    return this.log.slice(from).filter((entry) => entry.event === event && matches(entry.payload)).map((entry) => entry.payload);
  }

  /** Asserts that no such event is in the record: only meaningful after a later marker came the same way. */
  none(event, matches, from) {
    const found = this.seen(event, matches, from);
    assert.deepEqual(found, [], `unexpected ${event}`);
  }

  /** Asserts that an event is refused: the ack and the `error` event, exactly. Returns the ack. */
  async refused(event, payload, code, error) {
    const from = this.mark();
    const ack = await this.emit(event, payload);
    const told = `${event} ${JSON.stringify(payload)?.slice(0, 300)} answered ${JSON.stringify(ack)?.slice(0, 300)}`;
    assert.equal(ack?.success, false, told);
    if (error instanceof RegExp) assert.match(ack.error, error, told);
    else if (error) assert.equal(ack.error, error, told);
    if (code) assert.equal(ack.code, code, told);
    assert.deepEqual(Object.keys(ack).sort(), ['code', 'error', 'success'], told);
    const entry = await until(() => this.log.slice(from).find((each) => each.event === 'error' && each.payload?.event === event), `error event after ${told}`);
    assert.deepEqual(entry.payload, { message: ack.error, code: ack.code, event });
    return ack;
  }

  /** Resolves with the reason once the connection has ended. */
  async gone(timeout = SOON) {
    await until(() => !this.socket.connected && this.disconnects.length > 0, 'the disconnect', timeout);
    return this.disconnects.at(-1);
  }

  close() {
    open.delete(this);
    this.socket.disconnect();
  }
}
