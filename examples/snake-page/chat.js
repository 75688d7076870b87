// A client of the snake dialect, without a user interface. Fires `change` after anything that a view shows has changed.

import { Thread } from './thread.js';

const SYNC_PAGE = 100;

export class Chat extends EventTarget {
  /** By user id: "online" or "offline". */
  presence = new Map();
  #natter; #threads = new Set(); #sending = false; #wake = () => {}; #read = new Set(); #typingToldAt = 0;

  constructor(natter) {
    super();
    this.#natter = natter;
    natter.addEventListener('online', () => this.#online());
    natter.addEventListener('offline', () => this.#offline());
    const on = (event, handle) => natter.socket.on(event, (payload) => {
      handle(payload);
      this.#changed();
    });
    for (const event of ['new_message', 'new_group_message', 'message_updated']) on(event, ({ message }) => this.#arrived(message, event));
    on('message_deleted', ({ conversationId, messageId, rev }) => {
      this.#thread(conversationId)?.delete(messageId, rev);
      this.#thread(conversationId)?.advance(rev);
    });
    on('message_delivered', ({ conversationId, messageId }) => this.#thread(conversationId)?.raise(messageId, 'delivered'));
    on('message_read', ({ conversationId, messageId }) => this.#thread(conversationId)?.raise(messageId, 'read'));
    on('user_typing', ({ conversationId, userId, username }) => {
      if (userId !== natter.user._id) this.#thread(conversationId)?.typing.set(userId, username);
    });
    on('user_stopped_typing', ({ conversationId, userId }) => this.#thread(conversationId)?.typing.delete(userId));
    on('user_status_changed', ({ userId, status }) => this.presence.set(userId, status));
    on('conversation_new', ({ conversation }) => this.#learn(conversation));
    on('conversation_updated', ({ conversation }) => { if (conversation.participants) this.#learn(conversation); });
    on('conversation_removed', ({ conversationId }) => this.#threads.delete(this.#thread(conversationId)));
  }

  /** Most recently active first. */
  get threads() { return [...this.#threads].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)); }

  // --- what the user does ---

  /** The thread with somebody: nothing has to be created or joined, the first message does that. */
  async direct(username) {
    const user = await this.#find(username);
    let thread = [...this.#threads].find(({ peer }) => peer === user._id);
    if (!thread) {
      thread = Object.assign(new Thread(), { peer: user._id, title: user.username });
      this.#threads.add(thread);
      this.#askPresence([user._id]);
    }
    this.#changed();
    return thread;
  }

  async group(name, usernames) {
    const users = await Promise.all(usernames.map((username) => this.#find(username)));
    const participantIds = users.map(({ _id }) => _id);
    return this.#learn(await this.#natter.call('POST', '/api/conversations', { type: 'group', name, participantIds }));
  }

  /** Loads history where that hasn't been done; to be called for what is shown, as soon and as often as one likes. */
  async load(thread) {
    if (thread.loaded || thread.loading || !thread.id) return;
    thread.loading = true;
    await this.#loadNewest(thread).catch(() => {});
    thread.loading = false;
    if (thread.loaded) this.#changed();
  }

  /** Shows a message at once, and sends it under one clientMessageId until the server has answered. */
  send(thread, content, file = null) {
    const message = { clientMessageId: crypto.randomUUID(), content, upload: file, status: 'sending', error: null };
    thread.drafts = [...thread.drafts, message];
    thread.updatedAt = new Date().toISOString();
    if (thread.id && this.#typingToldAt) this.#tell('typing_stop', thread);
    this.#typingToldAt = 0;
    this.#changed();
    this.#sendAll();
  }

  /** A key was pressed. */
  typing(thread) {
    if (!thread.id || Date.now() - this.#typingToldAt < 3_000) return;
    this.#typingToldAt = Date.now();
    this.#tell('typing_start', thread);
  }

  /** These messages are on the screen. */
  async markRead(thread, messages) {
    thread.unread = 0;
    for (const { _id, sender } of messages) {
      if (!_id || sender._id === this.#natter.user._id || this.#read.has(_id)) continue;
      this.#read.add(_id);
      this.#natter.ask('mark_as_read', { messageId: _id }).catch(() => this.#read.delete(_id));
    }
  }

  // --- staying up to date ---

  async #online() {
    this.#wake();
    this.#sendAll();
    try {
      const { items } = await this.#natter.call('GET', '/api/conversations?limit=100');
      items.forEach((conversation) => this.#learn(conversation, false));
      // Direct messages come without joining: what was missed of them is asked for. Groups are joined, which brings it.
      const threads = [...this.#threads].filter(({ id }) => id);
      await Promise.all(threads.map((thread) => this.#catchUp(thread)));
      await this.#askPresence(threads.map(({ peer }) => peer).filter(Boolean));
    } catch (refused) {
      if (refused.temporary && this.#natter.socket.connected) setTimeout(() => this.#online(), 1_000);
    }
    this.#changed();
  }

  #offline() {
    this.presence.clear();
    this.#threads.forEach(({ typing }) => typing.clear());
    this.#changed();
  }

  async #catchUp(thread) {
    if (thread.isGroup) await this.#join(thread);
    else if (thread.loaded) await this.#sync(thread);
    // Who has read what has no rev, and so isn't among the changes: it is in the newest messages.
    if (thread.loaded) await this.#loadNewest(thread);
  }

  async #loadNewest(thread) {
    thread.load((await this.#natter.call('GET', `/api/conversations/${thread.id}/messages?limit=50`)).items);
  }

  async #join(thread) {
    try {
      await this.#natter.ask('join_group', { conversationId: thread.id, ...(thread.loaded && { afterRev: thread.rev }) });
    } catch (refused) {
      if (refused.code !== 'RESYNC') throw refused;
      await this.#sync(thread); // more than a join brings
      await this.#join(thread);
    }
  }

  /** Fetches what changed after `thread.rev`, in pages. */
  async #sync(thread) {
    for (let more = true; more;) {
      const { conversations: [page] } = await this.#natter.ask('sync', { cursors: [{ conversationId: thread.id, rev: thread.rev }], limit: SYNC_PAGE });
      if (!page) return;
      page.changes.forEach((message) => thread.apply(message));
      thread.advance(page.rev);
      more = page.hasMore;
    }
  }

  #learn(conversation, join = true) {
    const other = conversation.participants.find(({ _id }) => _id !== this.#natter.user._id)?._id;
    const isGroup = conversation.type === 'group';
    // A thread that was begun here is the same as the conversation that its first message made.
    let thread = this.#thread(conversation._id) ?? [...this.#threads].find(({ id, peer }) => !id && !isGroup && peer === other);
    const isNew = !thread?.id;
    thread ??= new Thread();
    this.#threads.add(thread);
    thread.describe(conversation, this.#natter.user._id);
    if (isNew && join && isGroup) this.#join(thread).catch(() => {}); // after a reconnect `#online` joins
    if (isNew && join && !isGroup) this.#askPresence([other]);
    this.#changed();
    return thread;
  }

  #arrived(message, event) {
    const thread = this.#thread(message.conversationId);
    if (!thread) return; // its `conversation_new` is on the way, and opening it loads this
    thread.apply(message);
    thread.advance(message.rev);
    thread.typing.delete(message.sender._id);
    if (event !== 'message_updated' && message.sender._id !== this.#natter.user._id) thread.unread += 1;
  }

  async #askPresence(userIds) {
    if (userIds.length === 0) return;
    const { users } = await this.#natter.ask('get_presence', { userIds: userIds.slice(0, 100) }).catch(() => ({ users: [] }));
    for (const { userId, status } of users) this.presence.set(userId, status);
    this.#changed();
  }

  async #find(username) {
    const { items } = await this.#natter.call('GET', `/api/users?search=${encodeURIComponent(username)}`);
    const found = items.find((user) => user.username === username);
    if (!found) throw new Error(`Nobody is called ${username}`);
    return found;
  }

  // --- sending ---

  /** One after the other, so that order holds across failures. */
  async #sendAll() {
    if (this.#sending) return;
    this.#sending = true;
    let failures = 0;
    for (let next = this.#next(); next; next = this.#next()) {
      const [thread, draft] = next;
      try {
        const { message } = await this.#deliver(thread, draft);
        thread.id ??= message.conversationId;
        thread.apply(message);
        failures = 0;
      } catch (refused) {
        if (refused.temporary) await this.#rest(Math.min(8_000, 500 * 2 ** failures++));
        else Object.assign(draft, { status: 'failed', error: refused.message });
      }
      this.#changed();
    }
    this.#sending = false;
  }

  async #deliver(thread, draft) {
    if (draft.upload && !draft.file) {
      const form = new FormData();
      form.append('file', draft.upload);
      draft.file = (await this.#natter.call('POST', '/api/upload', form)).file;
    }
    const { content, file, clientMessageId } = draft;
    const what = { clientMessageId, ...(content && { content }), ...(file && { file }) };
    if (thread.isGroup) return this.#natter.ask('send_group_message', { conversationId: thread.id, ...what });
    return this.#natter.ask('send_direct_message', { recipientId: thread.peer, ...what });
  }

  #next() {
    if (!this.#natter.socket.connected) return undefined;
    for (const thread of this.#threads) {
      const draft = thread.drafts.find(({ status }) => status === 'sending');
      if (draft) return [thread, draft];
    }
    return undefined;
  }

  /** Ends early when the connection is back. */
  #rest(ms) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  #tell(event, thread) { this.#natter.ask(event, { conversationId: thread.id }).catch(() => {}); }

  #thread(id) { return [...this.#threads].find((thread) => thread.id === id); }

  #changed() { this.dispatchEvent(new Event('change')); }
}
