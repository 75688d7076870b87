// What a client does all the time: it sends, now and then edits, deletes or reacts, and does each thing until it is
// acknowledged. What was acknowledged is written down for the checker.

const EMOJI = ['👍', '🎉', '❤️'];
const any = (list) => list[Math.floor(Math.random() * list.length)];

export class Errands {
  /** Everything that was acknowledged: `{what, at, took, attempts…}`, see `send`, `edit`, `remove` and `react`. */
  acked = [];
  /** Messages whose last change was given up unanswered: what they are now, nobody can know. */
  abandoned = new Set();
  /** What was begun and is not yet acknowledged: `{what, since}`. */
  underWay = new Set();
  #made = 0;
  /** One's own messages that are not deleted: `{conversation, id}`. */
  #own = [];
  #running = null;
  #stopped = true;

  /** `pause` ms between two errands, on average. */
  constructor(talker, { pause = 1_000 } = {}) {
    Object.assign(this, { talker, pause });
  }

  start() {
    this.#stopped = false;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
  }

  /** Begins nothing new; resolves once the last errand is done. */
  async stop() {
    this.#stopped = true;
    await this.#running;
  }

  async #run() {
    while (!this.#stopped && !this.talker.isStopped) {
      await new Promise((resolve) => { setTimeout(resolve, this.pause * (0.5 + Math.random())); });
      if (!this.#stopped) await this.#one();
    }
  }

  #one() {
    const chance = Math.random();
    const own = any(this.#own);
    if (chance < 0.06 && own) return this.edit(own);
    if (chance < 0.09 && own) return this.remove(own);
    const record = any([...this.talker.records.values()]);
    const seen = any(record.alive);
    if (chance < 0.14 && seen) return this.react(record.conversation, seen);
    return this.send(record.conversation);
  }

  /**
   * Sends a text, with the same `clientMessageId` until it is acknowledged; resolves with what was written down, or null.
   * One that is given goes beside what else is under way, so that it has no `number` in the order of errands.
   */
  async send(conversation, text) {
    const clientMessageId = `${this.talker.name}-${(this.#made += 1)}`;
    const number = text === undefined ? this.#made : undefined;
    const body = text ?? `text of ${clientMessageId}`;
    const ack = await this.#do('send', conversation, this.talker.dialect.send(conversation, this.talker.id, body, clientMessageId), (message) => ({
      id: message._id, seq: message.seq, rev: message.rev, text: body, clientMessageId, number,
    }));
    if (ack) {
      this.#own = [...this.#own.slice(-19), { conversation, id: ack.id }];
      const record = this.talker.records.get(conversation.id);
      if (!record.isJoined) record.acknowledged(ack.session, { _id: ack.id, rev: ack.rev, seq: ack.seq });
    }
    return ack;
  }

  edit({ conversation, id }) {
    const text = `edit ${(this.#made += 1)} by ${this.talker.name}`;
    return this.#do('edit', conversation, this.talker.dialect.edit(id, text), (message) => ({ id, rev: message.rev, text }), id);
  }

  remove(own) {
    this.#own = this.#own.filter((each) => each !== own);
    return this.#do('remove', own.conversation, this.talker.dialect.remove(own.id), (message) => ({ id: own.id, rev: message.rev }), own.id);
  }

  react(conversation, id) {
    const emoji = any(EMOJI);
    return this.#do('react', conversation, this.talker.dialect.react(id, emoji), (message) => ({ id, rev: message.rev, emoji }));
  }

  async #do(what, conversation, event, read, message) {
    const since = Date.now();
    const begun = { what, since };
    this.underWay.add(begun);
    const ack = await this.talker.insist(...event);
    this.underWay.delete(begun);
    if (!ack) {
      if (message) this.abandoned.add(message);
      return null;
    }
    const entry = { what, conversationId: conversation.id, by: this.talker.id, since, at: Date.now(), session: ack.session, ...read(ack.message) };
    this.acked.push(entry);
    return entry;
  }
}
