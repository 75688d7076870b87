// Messages written here and not acknowledged yet. Sends them one after the other, so that order holds across failures,
// each with the same `clientMessageId` until the server has answered for it: nothing is lost and nothing is doubled.
import { backoff } from './backoff.js';

export class Outbox {
  #entries = [];
  #running = false;
  #pumping = false;
  #wake = () => {};
  #deliver;
  #onChange;

  /** `deliver(entry)` resolves once the server has the message, or rejects with a `Failure`. */
  constructor({ deliver, onChange }) {
    this.#deliver = deliver;
    this.#onChange = onChange;
  }

  /** In the order of sending. An entry with `error` was refused and waits for `retry` or `discard`. */
  get entries() {
    return this.#entries;
  }

  add(entry) {
    this.#entries = [...this.#entries, entry];
    this.#onChange();
    this.#pump();
  }

  /** The server has this one, by ack or because it came back as an event. */
  settle(clientMessageId) {
    const left = this.#entries.filter((entry) => entry.clientMessageId !== clientMessageId);
    if (left.length === this.#entries.length) return;
    this.#entries = left;
    this.#onChange();
  }

  retry(clientMessageId) {
    this.#change(clientMessageId, { error: null });
    this.#pump();
  }

  discard(clientMessageId) {
    this.settle(clientMessageId);
  }

  resume() {
    this.#running = true;
    this.#wake();
    this.#pump();
  }

  suspend() {
    this.#running = false;
  }

  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    let failures = 0;
    for (let entry = this.#next(); entry; entry = this.#next()) {
      const id = entry.clientMessageId;
      try {
        await this.#deliver(entry);
        this.settle(id);
        failures = 0;
      } catch (failure) {
        if (failure.temporary) await this.#rest(backoff(failures++));
        else this.#change(id, { error: failure.message });
      }
    }
    this.#pumping = false;
  }

  #next() {
    return this.#running ? this.#entries.find((entry) => !entry.error) : undefined;
  }

  /** Coming back online ends the rest. */
  #rest(ms) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  #change(clientMessageId, fields) {
    this.#entries = this.#entries.map((e) => (e.clientMessageId === clientMessageId ? { ...e, ...fields } : e));
    this.#onChange();
  }
}
