// The open conversation: who it is with, its messages, who is typing, the composer.
import { Composer } from './composer.js';
import { instantiate, paintAvatar, show } from './dom.js';
import { lastSeen } from './format.js';
import { MessageList } from './message-list.js';

export class ConversationView {
  #client;
  #room;
  #parts;
  #list;
  #composer;
  #report;

  /** `report(failure)` shows what went wrong. */
  constructor(client, { report }) {
    this.#client = client;
    this.#room = client.room;
    this.#report = report;
    this.#parts = instantiate('conversation-template');
    const room = this.#room;
    this.#parts.root.dataset.conversationId = room.conversationId;
    this.#parts.back.addEventListener('click', () => client.closeRoom());
    this.#parts.older.addEventListener('click', () => this.#try(room.loadOlder()));

    this.#list = new MessageList(this.#parts.root, this.#messageContext(), { seen: (ids) => room.seen(ids) });
    this.#composer = new Composer(this.#parts.root, {
      send: (draft) => room.send(draft),
      edit: (message, text) => this.#try(room.edit(message._id, text)),
      typing: () => room.typing.pressed(),
      stopTyping: () => room.typing.stop(),
      lastOwn: () => room.messages().findLast((m) => this.#editable(m)),
    });
  }

  get root() {
    return this.#parts.root;
  }

  get conversationId() {
    return this.#room.conversationId;
  }

  focus() {
    this.#composer.focus();
  }

  render() {
    const { title, avatar, older } = this.#parts;
    const conversation = this.#client.conversation(this.conversationId);
    const peer = conversation && this.#client.peerOf(conversation);
    show(title, conversation ? peer?.name || peer?.username || conversation.name : 'Conversation');
    if (conversation) paintAvatar(avatar, peer ?? conversation);
    this.#renderPresence(conversation, peer);
    older.hidden = !this.#room.ready || !this.#room.timeline.hasOlder;
    const messages = this.#room.messages();
    this.#list.render(messages, conversation?.type === 'group');
    messages.filter((m) => m.deleted).forEach((m) => this.#composer.forget(m._id));
    // Not "No messages yet" while nobody knows.
    if (!this.#room.ready) this.#parts.empty.hidden = true;
    this.#renderTyping();
  }

  dispose() {
    this.#list.dispose();
    this.root.remove();
  }

  #renderPresence(conversation, peer) {
    const { presence, avatar } = this.#parts;
    if (conversation?.type === 'group') {
      presence.dataset.presence = 'unknown';
      presence.textContent = `${conversation.participants.length} members`;
      return;
    }
    const { status, lastSeen: at } = peer ? this.#client.presenceOf(peer._id) : { status: 'unknown' };
    presence.dataset.presence = avatar.dataset.presence = status;
    presence.textContent = status === 'online' ? 'online' : status === 'offline' ? lastSeen(at) : '';
  }

  #renderTyping() {
    const { typing, 'typing-text': text } = this.#parts;
    const names = this.#room.typing.others.map((id) => this.#client.nameOf(id));
    typing.hidden = names.length === 0;
    show(text, names.length === 0 ? null : `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing…`);
  }

  #messageContext() {
    const room = this.#room;
    return {
      userId: this.#client.user._id,
      nameOf: (id, fallback) => (id === this.#client.user._id ? 'You' : fallback || this.#client.nameOf(id)),
      quoted: (id) => room.timeline.get(id),
      reply: (message) => this.#composer.reply(message, this.#authorOf(message)),
      edit: (message) => this.#composer.edit(message),
      delete: (message) => this.#try(room.delete(message._id)),
      react: (message, emoji, remove) => this.#try(room.react(message._id, emoji, remove)),
      retry: (message) => room.outbox.retry(message.clientMessageId),
      discard: (message) => room.outbox.discard(message.clientMessageId),
    };
  }

  #authorOf({ senderId }) {
    return senderId._id === this.#client.user._id ? 'yourself' : senderId.name || this.#client.nameOf(senderId._id);
  }

  #editable({ _id, senderId, text, media, deleted }) {
    return _id && senderId._id === this.#client.user._id && text && media.length === 0 && !deleted;
  }

  async #try(action) {
    try {
      await action;
    } catch (failure) {
      this.#report(failure);
    }
  }
}
