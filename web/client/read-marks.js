// Which messages of others this user has seen: told to the server once each, several together, until it has them.

const DELAY_MS = 120;
const BATCH = 500;

export class ReadMarks {
  #waiting = new Set();
  #told = new Set();
  #timer = null;
  #tell;

  /** `tell(messageIds)` resolves once the server has them. */
  constructor(tell) {
    this.#tell = tell;
  }

  add(messageIds) {
    for (const id of messageIds) {
      if (!this.#told.has(id)) this.#waiting.add(id);
    }
    if (this.#waiting.size && !this.#timer) this.#timer = setTimeout(() => this.flush(), DELAY_MS);
  }

  /** Also called after each join, for what could not be told before. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.size) {
      const batch = [...this.#waiting].slice(0, BATCH);
      try {
        await this.#tell(batch);
      } catch {
        return;
      }
      for (const id of batch) {
        this.#waiting.delete(id);
        this.#told.add(id);
      }
    }
  }
}
