// One open conversation: joins it, catches up after each interruption, sends, and says what was read and who is typing.
import { Failure, type Message, type Status } from './protocol';
import type { Connection } from './connection';
import { Outbox, type Draft } from './outbox';
import type { Session } from './session';
import { Store } from './store';
import { Timeline } from './timeline';
import { Typing } from './typing';

const PAGE = 50;
const SYNC_PAGE = 100;
const READ_BATCH = 100;

/** A message to show: the server's, or one that is on its way to it. */
export interface ShownMessage extends Omit<Message, 'status'> {
  /** The same before and after the message is acknowledged, so that React keeps its element. */
  key: string;
  status: Status | 'pending' | 'failed';
  /** Why it failed. */
  error: string | null;
}

export interface ConversationState {
  /** Joined and caught up: what is shown is live. */
  ready: boolean;
  /** Oldest first; what is on its way comes last. */
  messages: ShownMessage[];
  hasOlder: boolean;
  /** Ids of the others who are typing. */
  typing: string[];
  /** Why it can't be opened; trying again would not help. */
  failure: string | null;
}

export class Conversation extends Store<ConversationState> {
  #timeline = new Timeline();
  #outbox = new Outbox((draft) => this.#deliver(draft), () => this.#show());
  #typing: Typing;
  #hasHistory = false;
  #unreported = new Set<string>();
  #reported = new Set<string>();
  #reporting = false;
  #users = 0;
  #entering = 0;

  constructor(
    readonly id: string,
    private connection: Connection,
    private session: Session,
  ) {
    super({ ready: false, messages: [], hasOlder: false, typing: [], failure: null });
    this.#typing = new Typing((event) => this.#tell(event), (typing) => this.update({ typing }));
  }

  // --- opening and staying up to date ---

  /** Each `open` has its `close`; the first joins and the last leaves. */
  open(): void {
    if (this.#users++ === 0) void this.#enter();
  }

  close(): void {
    if (--this.#users > 0) return;
    this.#typing.stop();
    this.#leave();
    this.connection.request('leave:conversation', { conversationId: this.id }).catch(() => {});
  }

  /** What was written goes out now, whether the conversation is open or not. */
  connected(): void {
    this.#outbox.resume();
    if (this.#users > 0) void this.#enter();
  }

  disconnected(): void {
    this.#outbox.suspend();
    this.#leave();
  }

  #leave(): void {
    this.#entering++; // whatever `#enter` is doing is no longer wanted
    this.#typing.forgetOthers();
    this.update({ ready: false });
  }

  /** Joins, fetches what was missed, and goes live; tries until that is done or no longer wanted. */
  async #enter(): Promise<void> {
    const entering = ++this.#entering;
    for (let attempt = 0; entering === this.#entering; attempt++) {
      try {
        await this.#join();
        // Who has read what has no `rev` and so isn't caught up with: it is in the newest page.
        await this.#loadNewest();
        if (entering !== this.#entering) return;
        this.update({ ready: true, failure: null });
        return void this.#reportRead();
      } catch (failure) {
        const { code, temporary, message } = failure as Failure;
        if (entering !== this.#entering || code === 'OFFLINE') return; // `connected` enters again
        if (!temporary) return this.update({ failure: message });
        await new Promise((resolve) => setTimeout(resolve, Math.min(8_000, 500 * 2 ** attempt)));
      }
    }
  }

  async #join(): Promise<void> {
    const afterRev = this.#timeline.rev;
    try {
      const payload = { conversationId: this.id, ...(afterRev !== null && { afterRev }) };
      const joined = await this.connection.request('join:conversation', payload);
      if (!this.#timeline.started) this.#timeline.start(joined);
    } catch (failure) {
      if ((failure as Failure).code !== 'RESYNC') throw failure;
      await this.#sync();
      await this.#join();
    }
  }

  /** More was missed than a join brings: fetch that in pages first. */
  async #sync(): Promise<void> {
    for (let more = true; more; ) {
      const cursor = { conversationId: this.id, rev: this.#timeline.rev ?? 0 };
      const { conversations } = await this.connection.request('sync', { cursors: [cursor], limit: SYNC_PAGE });
      const page = conversations.find(({ conversationId }) => conversationId === this.id);
      if (!page) throw new Failure('Conversation not found', 'NOT_FOUND');
      page.changes.forEach((message) => this.#apply(message));
      this.#timeline.advance(page.rev);
      more = page.hasMore;
    }
    this.#show();
  }

  async #loadNewest(): Promise<void> {
    const page = await this.#history('');
    if (this.#hasHistory) page.forEach((message) => this.#timeline.apply(message));
    else this.#timeline.applyOlder(page);
    this.#hasHistory = true;
    page.forEach((message) => this.#settle(message));
    this.#show();
  }

  async loadOlder(): Promise<void> {
    const before = this.#timeline.olderThan;
    if (before === null) return;
    this.#timeline.applyOlder(await this.#history(`before=${before}&`));
    this.#show();
  }

  async #history(from: string): Promise<Message[]> {
    const path = `/api/conversations/${this.id}/messages?${from}limit=${PAGE}`;
    return (await this.session.call<{ items: Message[] }>('GET', path)).items;
  }

  // --- what the server tells ---

  changed(message: Message): void {
    this.#apply(message);
    this.#timeline.advance(message.rev);
    this.#show();
  }

  deleted(messageId: string, rev: number): void {
    this.#timeline.delete(messageId, rev);
    this.#timeline.advance(rev);
    this.#show();
  }

  reached(messageIds: string[], status: Status): void {
    messageIds.forEach((id) => this.#timeline.raise(id, status));
    this.#show();
  }

  typed(userId: string, typing: boolean): void {
    if (userId === this.session.user._id) return; // on another device of this user
    if (typing) this.#typing.started(userId);
    else this.#typing.stopped(userId);
  }

  #apply(message: Message): void {
    this.#timeline.apply(message);
    this.#settle(message);
  }

  #settle({ senderId, clientMessageId }: Message): void {
    if (senderId._id === this.session.user._id && clientMessageId) this.#outbox.settle(clientMessageId);
  }

  // --- what the user does ---

  /** Shows the text at once, and sends it as soon as that can be done. */
  send(text: string): void {
    this.#typing.stop();
    this.#outbox.add(text);
  }

  retry(clientMessageId: string): void {
    this.#outbox.retry(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#outbox.discard(clientMessageId);
  }

  /** A key was pressed in the composer. */
  typingNow(): void {
    this.#typing.pressed();
  }

  /** These messages have been seen. Those of the user's own, and those that were told before, don't matter. */
  markRead(messages: ShownMessage[]): void {
    for (const { _id, senderId } of messages) {
      if (senderId._id !== this.session.user._id && !this.#reported.has(_id)) this.#unreported.add(_id);
    }
    void this.#reportRead();
  }

  async #reportRead(): Promise<void> {
    if (this.#reporting) return;
    this.#reporting = true;
    try {
      while (this.#unreported.size > 0 && this.snapshot().ready) {
        const messageIds = [...this.#unreported].slice(0, READ_BATCH);
        await this.connection.request('message:read', { conversationId: this.id, messageIds });
        for (const id of messageIds) {
          this.#unreported.delete(id);
          this.#reported.add(id);
        }
      }
    } catch {
      // They stay, and are told after the next join, or with the next ones.
    } finally {
      this.#reporting = false;
    }
  }

  async #deliver(draft: Draft): Promise<void> {
    const { message } = await this.connection.request('send:message', {
      conversationId: this.id,
      text: draft.text,
      messageType: 'text',
      clientMessageId: draft.clientMessageId,
    });
    // Before the draft goes, so that the message is never gone from the screen.
    this.#timeline.apply(message);
  }

  #tell(event: 'typing:start' | 'typing:stop'): void {
    if (this.snapshot().ready) this.connection.request(event, { conversationId: this.id }).catch(() => {});
  }

  #show(): void {
    const shown = this.#timeline.shown().map((message) => ({
      ...message,
      key: `${message.senderId._id}/${message.clientMessageId ?? message._id}`,
      error: null,
    }));
    const drafts = this.#outbox.drafts.map((draft) => this.#asMessage(draft));
    this.update({ messages: [...shown, ...drafts], hasOlder: this.#timeline.olderThan !== null });
  }

  #asMessage({ clientMessageId, text, createdAt, error }: Draft): ShownMessage {
    const { user } = this.session;
    return {
      _id: clientMessageId,
      key: `${user._id}/${clientMessageId}`,
      conversationId: this.id,
      senderId: user,
      text,
      media: [],
      messageType: 'text',
      status: error === null ? 'pending' : 'failed',
      error,
      replyTo: null,
      reactions: [],
      seq: Infinity,
      rev: 0,
      clientMessageId,
      editedAt: null,
      createdAt,
      updatedAt: createdAt,
    };
  }
}
