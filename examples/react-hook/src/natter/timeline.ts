// The messages of one conversation, as far as they are known here. All that arrives, in whatever order and however often
// (events, acks, pages of history), is merged by `rev`, so that nothing is doubled and nothing older wins.
import type { Message, Status } from './protocol';

const RANK: Record<Status, number> = { sent: 1, delivered: 2, read: 3 };

export class Timeline {
  /** Every change up to this one has arrived: what to catch up from. Null before the first join. */
  rev: number | null = null;
  /** All messages from this `seq` on are here. */
  #floor: number | null = null;
  #messages = new Map<string, Message>();
  // What came about messages that aren't here yet, so that an older copy, in a page of history, doesn't undo it.
  #statuses = new Map<string, Status>();
  #deletions = new Map<string, number>();

  get started(): boolean {
    return this.#floor !== null;
  }

  /** After the first join: what comes from now on is after `lastSeq`, and what is before it is loaded in pages. */
  start({ rev, lastSeq }: { rev: number; lastSeq: number }): void {
    this.#floor = lastSeq + 1;
    this.advance(rev);
  }

  /** Only for what comes in order, events of the joined conversation and `sync`: an ack may overtake other changes. */
  advance(rev: number): void {
    this.rev = Math.max(this.rev ?? 0, rev);
  }

  /** The `seq` before which there is more to load, or null. */
  get olderThan(): number | null {
    return this.#floor !== null && this.#floor > 1 ? this.#floor : null;
  }

  /** Oldest first, without holes. */
  shown(): Message[] {
    const floor = this.#floor;
    if (floor === null) return [];
    return [...this.#messages.values()].filter(({ seq }) => seq >= floor).sort((a, b) => a.seq - b.seq);
  }

  apply(message: Message): void {
    const known = this.#messages.get(message._id);
    const newest = known && known.rev >= message.rev ? known : message;
    // A status has no `rev`, but only ever rises.
    const status = [message.status, known?.status, this.#statuses.get(message._id)].reduce(higher) as Status;
    this.#statuses.delete(message._id);
    this.#messages.set(message._id, { ...newest, status });
    const deletion = this.#deletions.get(message._id);
    if (deletion !== undefined) this.delete(message._id, deletion);
  }

  /** A page of history from before `olderThan`. It may be shorter than asked for; an empty one is the beginning. */
  applyOlder(page: Message[]): void {
    page.forEach((message) => this.apply(message));
    this.#floor = page.length === 0 ? 1 : Math.min(this.#floor ?? Infinity, ...page.map(({ seq }) => seq));
  }

  delete(id: string, rev: number): void {
    const message = this.#messages.get(id);
    if (!message) this.#deletions.set(id, rev);
    else if (message.rev < rev) this.#messages.set(id, { ...message, rev, deleted: true, text: null, media: [], reactions: [] });
  }

  raise(id: string, status: Status): void {
    const message = this.#messages.get(id);
    if (!message) this.#statuses.set(id, higher(status, this.#statuses.get(id)) as Status);
    else this.#messages.set(id, { ...message, status: higher(message.status, status) as Status });
  }
}

function higher(a: Status | undefined, b: Status | undefined): Status | undefined {
  if (!a || !b) return a ?? b;
  return RANK[b] > RANK[a] ? b : a;
}
