// A chat client for one user, without a user interface: their conversations, who is online, and the open room.
// Several can run on one page; they share nothing. Fires `change` after anything a view shows has changed,
// `signed-out` when the user has to sign in again.
import { Connection } from './connection.js';
import { Room } from './room.js';

const PRESENCE_BATCH = 100;

export class ChatClient extends EventTarget {
  #session;
  #connection;
  #rooms = new Map();
  #conversations = new Map();
  #presence = new Map();

  /** `user` is `{_id, username, name}`. */
  constructor(session, user) {
    super();
    this.user = user;
    /** The open room, or null while the list is shown. */
    this.room = null;
    this.#session = session;
    this.#connection = new Connection(session);
    this.#connection.addEventListener('state', () => this.#stateChanged());
    this.#connection.addEventListener('ready', () => this.#catchUp());
    this.#connection.addEventListener('event', ({ detail }) => this.#received(detail.name, detail.payload));
    this.#connection.addEventListener('signed-out', () => this.dispatchEvent(new Event('signed-out')));
  }

  /** "offline", "connecting", "online" or "reconnecting". */
  get connection() {
    return this.#connection.state;
  }

  goOnline() {
    this.#connection.connect();
  }

  goOffline() {
    this.#connection.disconnect();
  }

  /** Ends the session on the server too. */
  async signOut() {
    this.goOffline();
    await this.#session.call('POST', '/api/auth/logout', { json: {} }).catch(() => {});
  }

  // --- conversations and people ---

  /** Most recently active first. */
  conversations() {
    return [...this.#conversations.values()].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  }

  conversation(id) {
    return this.#conversations.get(id);
  }

  /** The other one of a direct conversation. */
  peerOf(conversation) {
    if (conversation.type !== 'direct') return undefined;
    return conversation.participants.find((p) => p._id !== this.user._id);
  }

  nameOf(userId) {
    for (const { participants } of this.#conversations.values()) {
      const found = participants.find((p) => p._id === userId);
      if (found) return found.name || found.username;
    }
    return 'Someone';
  }

  /** `{status, lastSeen}`; status "unknown" while this client can't know. */
  presenceOf(userId) {
    if (this.connection !== 'online') return { status: 'unknown', lastSeen: null };
    return this.#presence.get(userId) ?? { status: 'unknown', lastSeen: null };
  }

  async findUsers(search) {
    const { items } = await this.#session.call('GET', `/api/users?search=${encodeURIComponent(search)}&limit=20`);
    return items.filter((user) => user._id !== this.user._id);
  }

  /** The one direct conversation with this user; opens it. */
  async openDirect(participantId) {
    await this.#create({ type: 'direct', participantId });
  }

  async openGroup(name, participantIds) {
    await this.#create({ type: 'group', name, participantIds });
  }

  async #create(json) {
    const conversation = await this.#session.call('POST', '/api/conversations', { json });
    this.#learn(conversation);
    this.openRoom(conversation._id);
  }

  openRoom(conversationId) {
    this.closeRoom();
    this.room = this.#rooms.get(conversationId) ?? this.#newRoom(conversationId);
    if (this.connection === 'online') this.room.enter();
    this.#changed();
  }

  closeRoom() {
    if (!this.room) return;
    this.room.leave();
    this.room = null;
    this.#refreshList();
    this.#changed();
  }

  #newRoom(conversationId) {
    const room = new Room({ conversationId, user: this.user, connection: this.#connection, session: this.#session });
    room.addEventListener('change', () => this.#changed());
    this.#rooms.set(conversationId, room);
    if (this.connection === 'online') room.connected();
    return room;
  }

  // --- staying up to date ---

  #stateChanged() {
    if (this.connection !== 'online') this.#rooms.forEach((room) => room.disconnected());
    this.#changed();
  }

  #catchUp() {
    this.#rooms.forEach((room) => room.connected());
    this.room?.enter();
    this.#refreshList();
  }

  async #refreshList() {
    if (this.connection !== 'online') return;
    try {
      const { items } = await this.#session.call('GET', '/api/conversations?limit=100');
      this.#conversations = new Map(items.map((conversation) => [conversation._id, conversation]));
      await this.#refreshPresence(this.conversations());
    } catch {
      return; // events go on, and the next connect or return to the list asks again
    } finally {
      this.#changed();
    }
  }

  async #refreshPresence(conversations) {
    const userIds = conversations.map((c) => this.peerOf(c)?._id).filter(Boolean).slice(0, PRESENCE_BATCH);
    if (userIds.length === 0) return;
    const { users } = await this.#connection.request('presence:get', { userIds });
    for (const { userId, status, lastSeen } of users) this.#presence.set(userId, { status, lastSeen });
    this.#changed();
  }

  #learn(conversation) {
    const known = this.#conversations.get(conversation._id);
    // An update may carry only what changed; one about a conversation that isn't here yet needs the whole of it.
    if (!known && !conversation.participants) return void this.#refreshList();
    this.#conversations.set(conversation._id, { ...known, ...conversation });
    if (!known) this.#refreshPresence([conversation]).catch(() => {});
    this.#changed();
  }

  #received(name, payload) {
    switch (name) {
      case 'user:online':
        this.#presence.set(payload.userId, { status: 'online', lastSeen: null });
        break;
      case 'user:offline':
        this.#presence.set(payload.userId, { status: 'offline', lastSeen: payload.lastSeen ?? null });
        break;
      case 'conversation:new':
      case 'conversation:updated':
        return this.#learn(payload.conversation);
      case 'conversation:removed':
        return this.#removed(payload.conversationId);
      default:
        // Failures arrive as acks too, so `error` events need no second look.
        return this.#toRoom(name, payload);
    }
    this.#changed();
  }

  #toRoom(name, payload) {
    const id = payload.conversationId ?? payload.message?.conversationId;
    if (this.#rooms.has(id)) this.#rooms.get(id).receive(name, payload);
  }

  #removed(id) {
    if (this.room?.conversationId === id) this.closeRoom();
    this.#rooms.delete(id);
    this.#conversations.delete(id);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
