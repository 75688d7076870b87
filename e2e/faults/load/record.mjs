// What one client has seen of one conversation, in the order in which it saw it. The checker reads it; a client goes on
// from its `cursor`, as a real one would from what it shows.

/** How a change came: as an event, by paging with `sync`, or in the ack of one's own send. */
export const VIA = { live: 'live', sync: 'sync', ack: 'ack' };

export class Record {
  /** Every change in the order of arrival: `{at, session, via, kind, id, rev, seq?, dropped?}`. */
  entries = [];
  /** What was caught up at once, by a join or by paging, each message as it was by then: `{session, afterRev, rev}`. */
  catchUps = [];
  /** The highest `rev` that came by an event or by paging. */
  cursor = 0;
  /** The highest `rev` that came in any way. */
  known = 0;
  /** Messages of others that were last seen undeleted, the newest last. */
  alive = [];
  /** Holds back what comes while `sync` is paged; only where there is no join that would do so. */
  #held = null;

  constructor(conversation, joins) {
    this.conversation = conversation;
    /** Whether this client joins the conversation, or hears of it without. */
    this.isJoined = joins;
  }

  /** An event. */
  live(session, change) {
    if (this.#held) this.#held.push([session, change, Date.now()]);
    else this.#add(session, VIA.live, change, Date.now());
  }

  /** One change of a page of `sync`; what it was is not told. */
  paged(session, message) {
    this.#add(session, VIA.sync, { kind: 'current', id: message._id, rev: message.rev, seq: message.seq }, Date.now());
  }

  /** The ack of one's own send, for dialects in which the sending socket hears nothing else of it. */
  acknowledged(session, message) {
    this.entries.push({ at: Date.now(), session, via: VIA.ack, kind: 'created', id: message._id, rev: message.rev, seq: message.seq });
    this.known = Math.max(this.known, message.rev);
  }

  /** A join or a page has brought all after `afterRev` up to `rev`. */
  reached(session, afterRev, rev) {
    this.catchUps.push({ session, afterRev, rev });
    this.cursor = Math.max(this.cursor, rev);
    this.known = Math.max(this.known, rev);
  }

  hold() { this.#held = []; }

  /** Lets go what was held: what paging has brought already is dropped, as a client would. */
  release() {
    const held = this.#held ?? [];
    this.#held = null;
    const paged = this.cursor;
    for (const [session, change, at] of held) this.#add(session, VIA.live, change, at, change.rev <= paged);
  }

  #add(session, via, { kind, id, rev, seq }, at, dropped) {
    this.entries.push({ at, session, via, kind, id, rev, seq, ...(dropped && { dropped }) });
    if (dropped) return;
    this.cursor = Math.max(this.cursor, rev);
    this.known = Math.max(this.known, rev);
    if (kind === 'deleted') this.alive = this.alive.filter((each) => each !== id);
    else if (kind === 'created') this.alive = [...this.alive.slice(-9), id];
  }
}
