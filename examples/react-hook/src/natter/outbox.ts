// What was written here and is not acknowledged yet. Sent one after the other, so that order holds across failures, each
// under the same `clientMessageId` until the server has answered for it: nothing is lost, and nothing is doubled.
import type { Failure } from './protocol';

export interface Draft {
  clientMessageId: string;
  text: string;
  createdAt: string;
  /** Why the server refused it. It waits for `retry` or `discard`, and doesn't hold up the others. */
  error: string | null;
}

export class Outbox {
  drafts: readonly Draft[] = [];
  #online = false;
  #pumping = false;
  #wake = () => {};
  #deliver: (draft: Draft) => Promise<void>;
  #changed: () => void;

  /** `deliver` resolves once the server has the message, and rejects with a `Failure` otherwise. */
  constructor(deliver: (draft: Draft) => Promise<void>, changed: () => void) {
    this.#deliver = deliver;
    this.#changed = changed;
  }

  add(text: string): void {
    const draft = { clientMessageId: crypto.randomUUID(), text, createdAt: new Date().toISOString(), error: null };
    this.#replace([...this.drafts, draft]);
    void this.#pump();
  }

  retry(clientMessageId: string): void {
    this.#setError(clientMessageId, null);
    void this.#pump();
  }

  discard(clientMessageId: string): void {
    this.settle(clientMessageId);
  }

  /** The server has this one: its ack came, or the message itself. */
  settle(clientMessageId: string): void {
    const left = this.drafts.filter((draft) => draft.clientMessageId !== clientMessageId);
    if (left.length < this.drafts.length) this.#replace(left);
  }

  resume(): void {
    this.#online = true;
    this.#wake();
    void this.#pump();
  }

  suspend(): void {
    this.#online = false;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let failures = 0;
    for (let draft = this.#next(); draft; draft = this.#next()) {
      try {
        await this.#deliver(draft);
        this.settle(draft.clientMessageId);
        failures = 0;
      } catch (failure) {
        const { temporary, message } = failure as Failure;
        if (temporary) await this.#rest(Math.min(8_000, 500 * 2 ** failures++));
        else this.#setError(draft.clientMessageId, message);
      }
    }
    this.#pumping = false;
  }

  #next(): Draft | undefined {
    return this.#online ? this.drafts.find(({ error }) => error === null) : undefined;
  }

  /** Ends early when the connection is back. */
  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  #setError(clientMessageId: string, error: string | null): void {
    this.#replace(this.drafts.map((draft) => (draft.clientMessageId === clientMessageId ? { ...draft, error } : draft)));
  }

  #replace(drafts: readonly Draft[]): void {
    this.drafts = drafts;
    this.#changed();
  }
}
