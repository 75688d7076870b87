// The conversations of a user, and finding someone to begin one with, alone or as a group.
import { element, instantiate, paintAvatar, show } from './dom.js';
import { clockTime, summary } from './format.js';

const SEARCH_DELAY_MS = 200;

export class ConversationListView {
  #client;
  #parts;
  #report;
  #searchTimer = null;
  #searches = 0;
  #members = new Map(); // of the group being made: id → name

  constructor(client, { report }) {
    this.#client = client;
    this.#report = report;
    this.#parts = instantiate('conversations-template');
    const { search, 'new-group': newGroup, 'group-form': form, 'group-cancel': cancel } = this.#parts;
    search.addEventListener('input', () => {
      clearTimeout(this.#searchTimer);
      this.#searchTimer = setTimeout(() => this.#search(), SEARCH_DELAY_MS);
    });
    newGroup.addEventListener('click', () => this.#showGroupForm(true));
    cancel.addEventListener('click', () => this.#showGroupForm(false));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#createGroup();
    });
  }

  get root() {
    return this.#parts.root;
  }

  focus() {
    (this.#parts.list.querySelector('button') ?? this.#parts.search).focus({ preventScroll: true });
  }

  render() {
    const { list, empty } = this.#parts;
    const conversations = this.#client.conversations();
    const focused = document.activeElement?.dataset?.conversationId;
    list.replaceChildren(...conversations.map((conversation) => this.#row(conversation)));
    if (focused) list.querySelector(`[data-conversation-id="${CSS.escape(focused)}"]`)?.focus();
    empty.hidden = conversations.length > 0;
  }

  dispose() {
    clearTimeout(this.#searchTimer);
    this.root.remove();
  }

  #row(conversation) {
    const { root, open, avatar, name, detail, unread } = instantiate('conversation-row-template');
    const peer = this.#client.peerOf(conversation);
    const last = conversation.lastMessage;
    open.dataset.conversationId = conversation._id;
    open.dataset.unread = conversation.unreadCount ?? 0;
    paintAvatar(avatar, peer ?? conversation);
    if (peer) avatar.dataset.presence = this.#client.presenceOf(peer._id).status;
    show(name, peer?.name || peer?.username || conversation.name || 'Group');
    const media = last && last.messageType !== 'text' ? [{ type: last.messageType }] : [];
    const text = last && summary({ text: last.content, media });
    show(detail, last ? `${clockTime(last.timestamp)} · ${text}` : 'No messages yet');
    show(unread, conversation.unreadCount ? String(conversation.unreadCount) : null);
    open.addEventListener('click', () => this.#client.openRoom(conversation._id));
    return root;
  }

  async #search() {
    const { search, results } = this.#parts;
    const term = search.value.trim();
    const mine = ++this.#searches;
    if (!term) {
      results.hidden = true;
      return;
    }
    try {
      const users = await this.#client.findUsers(term);
      if (mine !== this.#searches) return; // an answer to something typed earlier
      const rows = users.map((user) => this.#userRow(user));
      results.replaceChildren(...(rows.length ? rows : [element('li', { className: 'empty', text: 'Nobody found' })]));
      results.hidden = false;
    } catch (failure) {
      this.#report(failure);
    }
  }

  #userRow(user) {
    const { root, member, open, avatar, name, detail } = instantiate('user-row-template');
    const title = user.name || user.username;
    open.dataset.userId = user._id;
    open.dataset.username = user.username;
    paintAvatar(avatar, user);
    show(name, title);
    show(detail, `@${user.username}`);
    member.hidden = this.#parts['group-form'].hidden;
    member.checked = this.#members.has(user._id);
    member.setAttribute('aria-label', `Add ${title} to the group`);
    member.addEventListener('change', () => this.#choose(user._id, title, member.checked));
    open.addEventListener('click', () => this.#open(() => this.#client.openDirect(user._id)));
    return root;
  }

  #choose(id, title, chosen) {
    if (chosen) this.#members.set(id, title);
    else this.#members.delete(id);
    const names = [...this.#members.values()];
    this.#parts['group-members'].textContent = names.length
      ? `With ${names.join(', ')}`
      : 'Find people above and tick at least one.';
  }

  #showGroupForm(open) {
    const { 'group-form': form, 'group-name': name, search, results } = this.#parts;
    form.hidden = !open;
    this.#members.clear();
    this.#choose();
    results.querySelectorAll('[data-part="member"]').forEach((box) => {
      box.hidden = !open;
      box.checked = false;
    });
    (open ? name : search).focus();
  }

  #createGroup() {
    const name = this.#parts['group-name'].value.trim();
    if (!name || this.#members.size === 0) return;
    this.#open(() => this.#client.openGroup(name, [...this.#members.keys()]));
  }

  async #open(action) {
    try {
      await action();
    } catch (failure) {
      this.#report(failure);
    }
  }
}
