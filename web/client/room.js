// One conversation that the user has open: joins it, catches up after each interruption, sends, and says what was read.
import { Failure } from './api.js';
import { backoff, pause } from './backoff.js';
import { Outbox } from './outbox.js';
import { ReadMarks } from './read-marks.js';
import { Timeline } from './timeline.js';
import { Typing } from './typing.js';

const PAGE = 50;
const SYNC_PAGE = 100;
const UPLOAD_TIMEOUT_MS = 120_000;

export class Room extends EventTarget {
  timeline = new Timeline();
  /** Joined, and history shown: what is on the screen is live. */
  ready = false;
  /** Set where the conversation can't be opened (gone, or not ours). */
  failure = null;
  #id;
  #user;
  #connection;
  #session;
  #joined = false;
  #hasHistory = false;
  #entering = 0;
  #reads;

  constructor({ conversationId, user, connection, session }) {
    super();
    this.#id = conversationId;
    this.#user = user;
    this.#connection = connection;
    this.#session = session;
    const onChange = () => this.#changed();
    const tell = (event) => connection.tell(event, { conversationId });
    this.outbox = new Outbox({ deliver: (entry) => this.#deliver(entry), onChange });
    this.typing = new Typing({ tell, onChange });
    this.#reads = new ReadMarks((messageIds) => this.#tellRead(messageIds));
  }

  get conversationId() {
    return this.#id;
  }

  /** All messages, oldest first; those still on their way last, with status `pending` or `failed`. */
  messages() {
    return [...this.timeline.shown(), ...this.outbox.entries.map((entry) => this.#asMessage(entry))];
  }

  // --- joining and catching up ---

  /** Online: what was written is sent, whether the conversation is on the screen or not. */
  connected() {
    this.outbox.resume();
  }

  disconnected() {
    this.outbox.suspend();
    this.#out();
  }

  /** Joins, fetches what was missed and goes live; tries until it works, or until `disconnected` or `leave`. */
  async enter() {
    const entering = ++this.#entering;
    for (let attempt = 0; entering === this.#entering; attempt++) {
      try {
        await this.#join();
        if (entering !== this.#entering) return;
        this.#joined = true;
        this.failure = null;
        await this.#loadHistory();
        if (entering !== this.#entering) return;
        this.ready = true;
        this.#reads.flush();
        this.#changed();
        return;
      } catch (failure) {
        if (entering !== this.#entering) return;
        if (!failure.temporary) return this.#fail(failure);
        await pause(backoff(attempt));
      }
    }
  }

  /** Back to the list: messages are delivered from now on, but not read. */
  leave() {
    this.typing.stop();
    if (this.#joined) this.#connection.request('leave:conversation', { conversationId: this.#id }).catch(() => {});
    this.#out();
  }

  #out() {
    this.#entering++;
    this.#joined = false;
    this.ready = false;
    this.typing.forgetOthers();
    this.#changed();
  }

  async #join() {
    const afterRev = this.timeline.rev;
    try {
      const ack = await this.#connection.request('join:conversation', {
        conversationId: this.#id,
        ...(afterRev !== null && { afterRev }),
      });
      if (!this.timeline.started) this.timeline.start(ack);
    } catch (failure) {
      if (failure.code !== 'RESYNC') throw failure;
      await this.#syncPages();
      await this.#join();
    }
  }

  /** Too much was missed for one join: page through it, then join for the rest. */
  async #syncPages() {
    for (let more = true; more; ) {
      const rev = this.timeline.rev;
      const answer = await this.#connection.request('sync', {
        cursors: [{ conversationId: this.#id, rev }],
        limit: SYNC_PAGE,
      });
      const page = answer.conversations.find((c) => c.conversationId === this.#id);
      if (!page) throw new Failure('Conversation not found', 'NOT_FOUND');
      page.changes.forEach((message) => this.#apply(message));
      this.timeline.advance(page.rev);
      more = page.hasMore && this.timeline.rev > rev;
      this.#changed();
    }
  }

  async #loadHistory() {
    if (!this.#hasHistory) return this.loadOlder();
    // Delivered and read have no `rev`, so catching up doesn't bring them: take them from the newest page.
    (await this.#history('')).forEach((message) => this.#apply(message));
  }

  async loadOlder() {
    if (this.timeline.hasOlder) {
      const page = await this.#history(`before=${this.timeline.floor}&`);
      page.forEach((message) => this.#settleOwn(message));
      this.timeline.applyOlder(page);
    }
    this.#hasHistory = true;
    this.#changed();
  }

  async #history(from) {
    const { items } = await this.#session.call('GET', `/api/conversations/${this.#id}/messages?${from}limit=${PAGE}`);
    return items;
  }

  #fail(failure) {
    this.failure = failure;
    this.#changed();
  }

  // --- what the server says ---

  receive(name, payload) {
    switch (name) {
      case 'new:message':
      case 'message:updated':
        this.#apply(payload.message);
        this.timeline.advance(payload.message.rev);
        if (name === 'new:message') this.typing.stopped(payload.message.senderId._id);
        break;
      case 'message:deleted':
        this.timeline.delete(payload.messageId, payload.rev);
        this.timeline.advance(payload.rev);
        break;
      case 'message:delivered':
        this.timeline.raiseStatus(payload.messageId, 'delivered');
        break;
      case 'messages:read':
        payload.messageIds.forEach((id) => this.timeline.raiseStatus(id, 'read'));
        break;
      case 'typing:start':
        return this.typing.started(payload.userId);
      case 'typing:stop':
        return this.typing.stopped(payload.userId);
      default:
        return;
    }
    this.#changed();
  }

  #apply(message) {
    this.timeline.apply(message);
    this.#settleOwn(message);
  }

  #settleOwn(message) {
    if (message.senderId._id === this.#user._id && message.clientMessageId) this.outbox.settle(message.clientMessageId);
  }

  // --- what the user does ---

  /** Shown at once and sent as soon as possible. `file` is a picture or video to upload first, `replyTo` a message. */
  send({ text, file = null, replyTo = null }) {
    this.typing.stop();
    this.outbox.add({
      clientMessageId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
      text: text || null,
      file,
      media: null,
      replyTo,
      createdAt: new Date().toISOString(),
      error: null,
    });
  }

  async #deliver(entry) {
    if (entry.file && !entry.media) entry.media = [await this.#upload(entry.file)];
    const ack = await this.#connection.request('send:message', {
      conversationId: this.#id,
      clientMessageId: entry.clientMessageId,
      messageType: entry.media ? entry.media[0].type : 'text',
      ...(entry.text && { text: entry.text }),
      ...(entry.media && { media: entry.media }),
      ...(entry.replyTo && { replyTo: entry.replyTo._id }),
    });
    // The timeline before the outbox, so that the message is never gone from the screen for a moment.
    this.timeline.apply(ack.message);
  }

  async #upload(file) {
    const form = new FormData();
    form.append('media', file, file.name);
    const stored = await this.#session.call('POST', '/api/media/upload', { form, timeoutMs: UPLOAD_TIMEOUT_MS });
    const { url, type, filename = file.name, fileSize: size = file.size } = stored;
    return { url, type, filename, size };
  }

  async edit(messageId, text) {
    await this.#connection.request('message:edit', { messageId, text });
  }

  async delete(messageId) {
    await this.#connection.request('message:delete', { messageId });
  }

  async react(messageId, emoji, remove) {
    await this.#connection.request('message:react', { messageId, emoji, ...(remove && { remove }) });
  }

  /** These messages of others are on the screen. */
  seen(messageIds) {
    this.#reads.add(messageIds);
  }

  async #tellRead(messageIds) {
    if (!this.#joined) throw new Failure('Not joined yet', 'OFFLINE');
    await this.#connection.request('message:read', { conversationId: this.#id, messageIds });
  }

  #asMessage(entry) {
    const { file } = entry;
    return {
      _id: null,
      clientMessageId: entry.clientMessageId,
      senderId: this.#user,
      text: entry.text,
      media: file ? [{ url: null, file, type: file.type.split('/')[0], filename: file.name }] : [],
      status: entry.error ? 'failed' : 'pending',
      error: entry.error,
      replyTo: entry.replyTo && { _id: entry.replyTo._id, text: entry.replyTo.text, senderId: entry.replyTo.senderId },
      reactions: [],
      createdAt: entry.createdAt,
    };
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
