// Who is typing in one conversation: what to tell the server about this user, and what it tells about the others.

const REPEAT_MS = 3_000; // the server ends it after 6 s of silence
const IDLE_MS = 4_000;
const SHOWN_MS = 8_000; // a lost stop must not leave it on the screen

export class Typing {
  #tell;
  #onChange;
  #toldAt = 0;
  #idle = null;
  #others = new Map();

  /** `tell(event)` sends "typing:start" or "typing:stop". */
  constructor({ tell, onChange }) {
    this.#tell = tell;
    this.#onChange = onChange;
  }

  /** Ids of the others. */
  get others() {
    return [...this.#others.keys()];
  }

  /** This user pressed a key. */
  pressed() {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    if (Date.now() - this.#toldAt < REPEAT_MS) return;
    this.#toldAt = Date.now();
    this.#tell('typing:start');
  }

  /** This user sent, cleared or left what they were writing. */
  stop() {
    clearTimeout(this.#idle);
    if (this.#toldAt) this.#tell('typing:stop');
    this.#toldAt = 0;
  }

  started(userId) {
    clearTimeout(this.#others.get(userId));
    this.#others.set(userId, setTimeout(() => this.stopped(userId), SHOWN_MS));
    this.#onChange();
  }

  stopped(userId) {
    clearTimeout(this.#others.get(userId));
    if (this.#others.delete(userId)) this.#onChange();
  }

  forgetOthers() {
    this.others.forEach((userId) => this.stopped(userId));
  }
}
