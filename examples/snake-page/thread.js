// One conversation as it is known here. All that arrives, in whatever order and however often, is merged by `rev`.

const RANK = { sent: 1, delivered: 2, read: 3 };

export class Thread {
  /** The conversation's id; null before the first direct message has made it. */
  id = null;
  title = '';
  isGroup = false;
  /** Of a direct conversation: the other one's id. */
  peer = null;
  updatedAt = '';
  unread = 0;
  /** Whether history has been loaded. */
  loaded = false;
  loading = false;
  /** Every change up to this one has arrived. */
  rev = 0;
  /** Names of the others who are typing, by id. */
  typing = new Map();
  /** What was written here and not acknowledged yet. */
  drafts = [];
  #messages = new Map();
  #floor = Infinity;

  /** Takes over what the list of conversations says. */
  describe(conversation, me) {
    const others = conversation.participants.filter(({ _id }) => _id !== me);
    this.id = conversation._id;
    this.isGroup = conversation.type === 'group';
    this.peer = this.isGroup ? null : others[0]?._id;
    this.title = conversation.name ?? others.map(({ username }) => username).join(', ');
    this.updatedAt = conversation.updatedAt;
    this.unread = conversation.unreadCount;
    if (!this.loaded) this.rev = conversation.rev;
  }

  /** The newest page of history. */
  load(page) {
    page.forEach((message) => this.apply(message));
    if (!this.loaded) this.#floor = Math.min(...page.map(({ seq }) => seq), Infinity);
    this.loaded = true;
  }

  /** Oldest first; what is on its way comes last. */
  get messages() {
    const floor = this.#floor;
    const known = [...this.#messages.values()].filter(({ seq }) => floor === Infinity || seq >= floor);
    return [...known.sort((a, b) => a.seq - b.seq), ...this.drafts];
  }

  apply(message) {
    const known = this.#messages.get(message._id);
    const newest = known && known.rev >= message.rev ? known : message;
    // A status has no rev, but only ever rises.
    const status = known && RANK[known.status] > RANK[message.status] ? known.status : message.status;
    this.#messages.set(message._id, { ...newest, status });
    this.drafts = this.drafts.filter(({ clientMessageId }) => clientMessageId !== message.clientMessageId);
    if (message.updatedAt > this.updatedAt) this.updatedAt = message.updatedAt;
  }

  delete(id, rev) {
    const message = this.#messages.get(id);
    if (message) this.apply({ ...message, rev, content: null, file: null, deleted: true });
  }

  raise(id, status) {
    const message = this.#messages.get(id);
    if (message) this.apply({ ...message, status });
  }

  /** Only for what comes in order: events, and pages of `sync`. */
  advance(rev) { this.rev = Math.max(this.rev, rev); }
}
