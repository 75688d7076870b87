// Who is typing in one conversation: what to tell of this user, and what is told of the others.

const REPEAT_MS = 3_000; // the server ends it after 6 s without
const IDLE_MS = 4_000;
const SHOWN_MS = 8_000; // a lost stop must not leave it on the screen

export class Typing {
  #tell: (event: 'typing:start' | 'typing:stop') => void;
  #changed: (others: string[]) => void;
  #toldAt = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #others = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(tell: (event: 'typing:start' | 'typing:stop') => void, changed: (others: string[]) => void) {
    this.#tell = tell;
    this.#changed = changed;
  }

  pressed(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    if (Date.now() - this.#toldAt < REPEAT_MS) return;
    this.#toldAt = Date.now();
    this.#tell('typing:start');
  }

  stop(): void {
    clearTimeout(this.#idle);
    if (this.#toldAt) this.#tell('typing:stop');
    this.#toldAt = 0;
  }

  started(userId: string): void {
    clearTimeout(this.#others.get(userId));
    this.#others.set(userId, setTimeout(() => this.stopped(userId), SHOWN_MS));
    this.#changed([...this.#others.keys()]);
  }

  stopped(userId: string): void {
    clearTimeout(this.#others.get(userId));
    if (this.#others.delete(userId)) this.#changed([...this.#others.keys()]);
  }

  forgetOthers(): void {
    [...this.#others.keys()].forEach((userId) => this.stopped(userId));
  }
}
