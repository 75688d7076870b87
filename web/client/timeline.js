// The messages of one conversation as far as they are known here. Pure state: everything that arrives, in whatever
// order and however often (events, acks, pages of history), is merged by `rev`.

const RANK = { sent: 1, delivered: 2, read: 3 };

export class Timeline {
  /** Every change up to this one has arrived in order; null before the first join. What to catch up from. */
  rev = null;
  /** Messages from this `seq` on are shown. Below it some may be known (a change arrived), but with holes. */
  floor = null;
  #messages = new Map();
  // What arrived about messages that aren't here yet, so that an older copy in a page of history doesn't undo it.
  #statuses = new Map();
  #deletions = new Map();

  get started() {
    return this.floor !== null;
  }

  /** The first join: what is live begins after `lastSeq`, and what is older is loaded in pages. */
  start({ rev, lastSeq }) {
    this.floor = lastSeq + 1;
    this.advance(rev);
  }

  /** Only for what comes in order: events of the joined room, pages of `sync`. An ack may overtake other changes. */
  advance(rev) {
    if (Number.isFinite(rev)) this.rev = Math.max(this.rev ?? 0, rev);
  }

  get hasOlder() {
    return this.started && this.floor > 1;
  }

  get(id) {
    return this.#messages.get(id);
  }

  /** Oldest first, without holes. */
  shown() {
    if (!this.started) return [];
    return [...this.#messages.values()].filter((m) => m.seq >= this.floor).sort((a, b) => a.seq - b.seq);
  }

  /** Status has no `rev`, but only ever rises; all else goes by the higher `rev`. */
  apply(message) {
    const known = this.#messages.get(message._id);
    const newest = known && known.rev >= message.rev ? known : message;
    const status = higher(higher(message.status, known?.status), this.#statuses.get(message._id));
    this.#statuses.delete(message._id);
    if (newest !== known || status !== known.status) this.#messages.set(message._id, { ...newest, status });
    const deletion = this.#deletions.get(message._id);
    if (newest.deleted || deletion) this.delete(message._id, Math.max(newest.rev, deletion ?? 0));
  }

  delete(id, rev) {
    const message = this.#messages.get(id);
    if (message) this.#messages.set(id, { ...message, rev, deleted: true, text: null, media: [], reactions: [] });
    else this.#deletions.set(id, rev);
    for (const reply of this.#messages.values()) {
      if (reply.replyTo?._id !== id || reply.replyTo.deleted) continue;
      this.#messages.set(reply._id, { ...reply, replyTo: { ...reply.replyTo, text: null, deleted: true } });
    }
  }

  raiseStatus(id, status) {
    const message = this.#messages.get(id);
    if (!message) this.#statuses.set(id, higher(status, this.#statuses.get(id)));
    else if (higher(status, message.status) !== message.status) this.#messages.set(id, { ...message, status });
  }

  /** A page of history from before the floor. It may be short of what was asked for; an empty one is the beginning. */
  applyOlder(page) {
    page.forEach((message) => this.apply(message));
    this.floor = page.length === 0 ? 1 : Math.min(this.floor, ...page.map((m) => m.seq));
  }
}

function higher(a, b) {
  return (RANK[b] ?? 0) > (RANK[a] ?? 0) ? b : a;
}
