// What one signed-in user sees: their connection, their conversations, and who is online.
import { Connection, type ConnectionState } from './connection';
import { Conversation } from './conversation';
import type { ConversationSummary, Presence, Profile } from './protocol';
import type { Session } from './session';
import { Store } from './store';

export interface ChatState {
  connection: ConnectionState;
  /** The session is over: the user has to sign in again. */
  signedOut: boolean;
  /** Most recently active first. */
  conversations: ConversationSummary[];
  /** By user id. Empty while the connection is lost: then nobody knows. */
  presence: Readonly<Record<string, Presence>>;
}

export class Chat extends Store<ChatState> {
  readonly user: Profile;
  #session: Session;
  #connection: Connection;
  #open = new Map<string, Conversation>();

  constructor(session: Session) {
    super({ connection: 'offline', signedOut: false, conversations: [], presence: {} });
    this.user = session.user;
    this.#session = session;
    this.#connection = new Connection(session, (state) => this.#became(state), () => this.update({ signedOut: true }));
    this.#listen();
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  /** The same object each time: what was written there and not sent yet is in it. */
  conversation(id: string): Conversation {
    let conversation = this.#open.get(id);
    if (!conversation) {
      conversation = new Conversation(id, this.#connection, this.#session);
      this.#open.set(id, conversation);
      if (this.snapshot().connection === 'online') conversation.connected();
    }
    return conversation;
  }

  /** The direct conversation with the user of this name; its id, or null where nobody has that name. */
  async startDirect(username: string): Promise<string | null> {
    const path = `/api/users?search=${encodeURIComponent(username)}&limit=20`;
    const { items } = await this.#session.call<{ items: Profile[] }>('GET', path);
    const found = items.find((user) => user.username.toLowerCase() === username.toLowerCase());
    if (!found) return null;
    const body = { type: 'direct', participantId: found._id };
    const conversation = await this.#session.call<ConversationSummary>('POST', '/api/conversations', body);
    this.#learn(conversation);
    return conversation._id;
  }

  async signOut(): Promise<void> {
    this.stop();
    await this.#session.call('POST', '/api/auth/logout', {}).catch(() => {});
    this.update({ signedOut: true });
  }

  #became(connection: ConnectionState): void {
    if (connection === 'online') {
      this.update({ connection });
      this.#open.forEach((conversation) => conversation.connected());
      void this.#refresh();
    } else {
      this.update({ connection, presence: {} });
      this.#open.forEach((conversation) => conversation.disconnected());
    }
  }

  #listen(): void {
    const { socket } = this.#connection;
    const at = (id: string) => this.#open.get(id);
    socket.on('new:message', ({ message }) => at(message.conversationId)?.changed(message));
    socket.on('message:updated', ({ message }) => at(message.conversationId)?.changed(message));
    socket.on('message:deleted', ({ conversationId, messageId, rev }) => at(conversationId)?.deleted(messageId, rev));
    socket.on('message:delivered', ({ conversationId, messageId }) => at(conversationId)?.reached([messageId], 'delivered'));
    socket.on('messages:read', ({ conversationId, messageIds }) => at(conversationId)?.reached(messageIds, 'read'));
    socket.on('typing:start', ({ conversationId, userId }) => at(conversationId)?.typed(userId, true));
    socket.on('typing:stop', ({ conversationId, userId }) => at(conversationId)?.typed(userId, false));
    socket.on('user:online', ({ userId }) => this.#setPresence([{ userId, status: 'online' }]));
    socket.on('user:offline', ({ userId }) => this.#setPresence([{ userId, status: 'offline' }]));
    socket.on('conversation:new', ({ conversation }) => this.#learn(conversation));
    socket.on('conversation:updated', ({ conversation }) => this.#learn(conversation));
    socket.on('conversation:removed', ({ conversationId }) => this.#forget(conversationId));
  }

  /** What events don't bring after an interruption: the list, and who is online. */
  async #refresh(): Promise<void> {
    try {
      const { items } = await this.#session.call<{ items: ConversationSummary[] }>('GET', '/api/conversations?limit=100');
      this.update({ conversations: items });
      await this.#askPresence(items);
    } catch {
      // The next connect asks again, and events go on meanwhile.
    }
  }

  async #askPresence(conversations: ConversationSummary[]): Promise<void> {
    const others = new Set(conversations.flatMap(({ participants }) => participants.map(({ _id }) => _id)));
    others.delete(this.user._id);
    const userIds = [...others].slice(0, 100);
    if (userIds.length > 0) this.#setPresence((await this.#connection.request('presence:get', { userIds })).users);
  }

  #setPresence(users: { userId: string; status: Presence }[]): void {
    const told = Object.fromEntries(users.map(({ userId, status }) => [userId, status]));
    this.update({ presence: { ...this.snapshot().presence, ...told } });
  }

  #learn(news: Partial<ConversationSummary> & { _id: string }): void {
    const { conversations } = this.snapshot();
    const known = conversations.find(({ _id }) => _id === news._id);
    if (!known && !news.participants) return void this.#refresh(); // only a part of one that isn't here
    const conversation = { ...known, ...news } as ConversationSummary;
    const others = conversations.filter(({ _id }) => _id !== news._id);
    const sorted = [conversation, ...others].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    this.update({ conversations: sorted });
    if (!known) this.#askPresence([conversation]).catch(() => {});
  }

  #forget(id: string): void {
    this.#open.delete(id);
    this.update({ conversations: this.snapshot().conversations.filter(({ _id }) => _id !== id) });
  }
}
