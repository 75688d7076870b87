// One message on the screen. Built once and updated in place, so that focus, selection and scroll survive changes.
import { element, instantiate, safeUrl, setIcon, show } from './dom.js';
import { clockTime, dayOf, fileSize, fullTime, summary } from './format.js';
import { openLightbox } from './lightbox.js';

const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🎉'];
const TICKS = {
  pending: ['clock', 'Sending'],
  failed: ['failed', 'Not sent'],
  sent: ['sent', 'Sent'],
  delivered: ['seen', 'Delivered'],
  read: ['seen', 'Read'],
};

export class MessageView {
  #parts;
  #message = null;
  #day = null;
  #mediaKey = '';
  #objectUrl = null;
  #context;

  /** `context`: `userId`, `nameOf(id)`, `quoted(id)` (that message, if known) and what to do: `reply(message)`,
   *  `edit(message)`, `delete(message)`, `react(message, emoji, remove)`, `retry(message)`, `discard(message)`, `jump(id)`. */
  constructor(context) {
    this.#context = context;
    this.#parts = instantiate('message-template');
    const { reply, edit, react, quote, retry, discard } = this.#parts;
    reply.addEventListener('click', () => context.reply(this.#message));
    edit.addEventListener('click', () => context.edit(this.#message));
    this.#parts.delete.addEventListener('click', () => context.delete(this.#message));
    react.addEventListener('click', () => this.#togglePalette());
    quote.addEventListener('click', () => context.jump(this.#message.replyTo._id));
    retry.addEventListener('click', () => context.retry(this.#message));
    discard.addEventListener('click', () => context.discard(this.#message));
    this.#parts.palette.append(...EMOJIS.map((emoji) => this.#emojiOption(emoji)));
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#togglePalette(false);
    });
    this.root.addEventListener('focusout', (event) => {
      if (!this.root.contains(event.relatedTarget)) this.#togglePalette(false);
    });
  }

  get root() {
    return this.#parts.root;
  }

  get message() {
    return this.#message;
  }

  get own() {
    return this.#message.senderId._id === this.#context.userId;
  }

  /** `previous` is the message above, `grouped` whether this is a group (names are shown). */
  update(message, previous, grouped) {
    const day = dayOf(message.createdAt);
    show(this.#parts.day, previous && dayOf(previous.createdAt) === day ? null : day);
    const follows = previous?.senderId._id === message.senderId._id && this.#parts.day.hidden;
    this.root.classList.toggle('follows', follows);
    if (message === this.#message && day === this.#day) return;
    this.#message = message;
    this.#day = day;

    const { author, text, edited, time, actions, edit } = this.#parts;
    const { own } = this;
    Object.assign(this.root.dataset, {
      status: message.status,
      messageId: message._id ?? '',
      clientMessageId: message.clientMessageId ?? '',
      seq: message.seq ?? '',
      own,
      deleted: Boolean(message.deleted),
      edited: Boolean(message.editedAt),
    });
    show(author, grouped && !own ? this.#context.nameOf(message.senderId._id, message.senderId.name) : null);
    show(text, message.deleted ? 'Message deleted' : message.text);
    edited.hidden = !message.editedAt || Boolean(message.deleted);
    time.dateTime = message.createdAt;
    time.title = fullTime(message.createdAt);
    show(time, clockTime(message.createdAt));
    actions.hidden = !message._id || Boolean(message.deleted);
    if (actions.hidden) this.#togglePalette(false);
    edit.hidden = !own || !message.text || message.media.length > 0;
    this.#parts.delete.hidden = !own;
    this.#showTicks();
    this.#showQuote();
    this.#showMedia();
    this.#showReactions();
    this.#showFailure();
  }

  /** Frees what the browser keeps for the picture that was shown before it was uploaded. */
  dispose() {
    URL.revokeObjectURL(this.#objectUrl);
    this.root.remove();
  }

  #showTicks() {
    const { ticks, 'ticks-icon': icon } = this.#parts;
    const [name, label] = TICKS[this.#message.status] ?? TICKS.sent;
    ticks.toggleAttribute('hidden', !this.own || Boolean(this.#message.deleted));
    ticks.setAttribute('aria-label', label);
    setIcon(icon, name);
  }

  #showQuote() {
    const { quote, 'quote-author': author, 'quote-text': text } = this.#parts;
    const { replyTo, deleted } = this.#message;
    quote.hidden = !replyTo || Boolean(deleted);
    if (quote.hidden) return;
    // The copy in the reply has no media; the message itself, where it is loaded, knows better.
    show(author, this.#context.nameOf(replyTo.senderId._id, replyTo.senderId.name));
    show(text, replyTo.text ?? summary(this.#context.quoted(replyTo._id) ?? replyTo));
  }

  #showMedia() {
    const { media } = this.#parts;
    const items = this.#message.media;
    const key = items.map((item) => item.url ?? item.filename).join('|');
    media.hidden = items.length === 0;
    if (key === this.#mediaKey) return;
    this.#mediaKey = key;
    media.replaceChildren(...items.map((item) => this.#mediaElement(item)));
  }

  #mediaElement({ url, file, type, filename, size }) {
    if (file && type === 'image') this.#objectUrl ??= URL.createObjectURL(file);
    const src = safeUrl(url) ?? this.#objectUrl;
    const label = filename || 'Picture';
    if (type === 'image' && src) {
      const button = element('button', { testid: 'message-image-button', className: 'picture', type: 'button' });
      button.setAttribute('aria-label', `Open ${label}`);
      button.append(element('img', { testid: 'message-image', src, alt: label, decoding: 'async' }));
      button.addEventListener('click', () => openLightbox(src, label));
      return button;
    }
    if (type === 'video' && src) {
      const attributes = { src, controls: '', preload: 'metadata', 'aria-label': label };
      return element('video', { testid: 'message-video', className: 'picture', ...attributes });
    }
    const text = `${filename || 'File'} ${fileSize(size)}`.trim();
    const link = element('a', { testid: 'message-file', className: 'file', text });
    if (src) Object.assign(link, { href: src, target: '_blank', rel: 'noopener' });
    return link;
  }

  #showReactions() {
    const { reactions } = this.#parts;
    const shown = this.#message.reactions ?? [];
    reactions.hidden = shown.length === 0;
    const key = JSON.stringify(shown);
    if (reactions.dataset.key === key) return;
    reactions.dataset.key = key;
    // Buttons are kept by emoji: one that has the focus keeps it while others react.
    const old = new Map([...reactions.children].map((chip) => [chip.dataset.emoji, chip]));
    const focused = document.activeElement;
    reactions.replaceChildren(...shown.map((reaction) => this.#chip(old.get(reaction.emoji), reaction)));
    if (reactions.contains(focused)) focused.focus({ preventScroll: true });
  }

  #chip(existing, { emoji, userIds }) {
    const chip = existing ?? element('button', { testid: 'reaction', className: 'reaction', type: 'button' });
    if (!existing) chip.addEventListener('click', () => this.#toggleReaction(emoji));
    chip.dataset.emoji = emoji;
    chip.dataset.count = userIds.length;
    chip.textContent = userIds.length > 1 ? `${emoji} ${userIds.length}` : emoji;
    chip.title = userIds.map((id) => (id === this.#context.userId ? 'You' : this.#context.nameOf(id))).join(', ');
    chip.setAttribute('aria-pressed', userIds.includes(this.#context.userId));
    chip.setAttribute('aria-label', `${emoji}, ${userIds.length}: ${chip.title}`);
    return chip;
  }

  #emojiOption(emoji) {
    const attributes = { type: 'button', text: emoji, 'data-emoji': emoji, 'aria-label': `React with ${emoji}` };
    const option = element('button', { testid: 'emoji-option', className: 'icon-button', ...attributes });
    option.addEventListener('click', () => {
      this.#togglePalette(false);
      this.#toggleReaction(emoji);
    });
    return option;
  }

  #toggleReaction(emoji) {
    const mine = this.#message.reactions?.find((r) => r.emoji === emoji)?.userIds.includes(this.#context.userId);
    this.#context.react(this.#message, emoji, Boolean(mine));
  }

  #togglePalette(open = this.#parts.palette.hidden) {
    const { palette, react } = this.#parts;
    if (palette.hidden === !open) return;
    if (palette.contains(document.activeElement)) this.root.focus({ preventScroll: true });
    palette.hidden = !open;
    react.setAttribute('aria-expanded', open);
    if (open) {
      palette.firstElementChild.focus({ preventScroll: true });
      palette.scrollIntoView({ block: 'nearest' });
    }
  }

  #showFailure() {
    const { failure, 'failure-text': text } = this.#parts;
    failure.hidden = this.#message.status !== 'failed';
    show(text, this.#message.error ?? null);
  }
}
