// Where a message is written: text, a reply, an edit, a picture. Decides what is being written, not what becomes of it.
import { partsOf, setIcon, show } from './dom.js';
import { summary } from './format.js';

const MAX_HEIGHT_PX = 160;

export class Composer {
  #parts;
  #actions;
  #mode = null; // {kind: 'reply' | 'edit', message}
  #file = null;

  /** `actions`: `send({text, file, replyTo})`, `edit(message, text)`, `typing()`, `stopTyping()`, `lastOwn()`. */
  constructor(root, actions) {
    this.#parts = partsOf(root);
    this.#actions = actions;
    const { composer, input, cancel, attach, file, 'attachment-remove': removeAttachment } = this.#parts;
    composer.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    input.addEventListener('input', () => this.#changed());
    input.addEventListener('keydown', (event) => this.#key(event));
    input.addEventListener('paste', (event) => this.#attach(event.clipboardData?.files[0]));
    cancel.addEventListener('click', () => this.#leaveMode());
    attach.addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      this.#attach(file.files[0]);
      file.value = ''; // the same picture may be chosen again
    });
    removeAttachment.addEventListener('click', () => {
      this.#detach();
      input.focus();
    });
  }

  reply(message, authorName) {
    this.#enterMode({ kind: 'reply', message }, `Reply to ${authorName}`);
  }

  edit(message) {
    this.#detach();
    this.#enterMode({ kind: 'edit', message }, 'Edit message');
    this.#parts.input.value = message.text;
    this.#fit();
  }

  /** Its message is gone: there is nothing to reply to or to edit. */
  forget(messageId) {
    if (this.#mode?.message._id === messageId) this.#leaveMode();
  }

  focus() {
    this.#parts.input.focus({ preventScroll: true });
  }

  #submit() {
    const text = this.#parts.input.value.trim();
    if (!text && !this.#file) return;
    const mode = this.#mode;
    if (mode?.kind === 'edit') {
      if (text && text !== mode.message.text) this.#actions.edit(mode.message, text);
    } else {
      this.#actions.send({ text, file: this.#file, replyTo: mode?.message ?? null });
    }
    this.#detach();
    this.#mode = null;
    this.#showMode();
    this.#clear();
  }

  #key(event) {
    if (event.isComposing) return; // an input method's Enter chooses a word
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape' && this.#mode) {
      event.preventDefault();
      this.#leaveMode();
    } else if (event.key === 'ArrowUp' && !this.#parts.input.value && !this.#mode) {
      const last = this.#actions.lastOwn();
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  #changed() {
    this.#fit();
    if (this.#mode?.kind === 'edit') return;
    if (this.#parts.input.value.trim()) this.#actions.typing();
    else this.#actions.stopTyping();
  }

  #enterMode(mode, title) {
    if (this.#mode?.kind === 'edit') this.#clear();
    this.#mode = mode;
    this.#showMode(title);
    this.focus();
  }

  #leaveMode() {
    if (this.#mode?.kind === 'edit') this.#clear();
    this.#mode = null;
    this.#showMode();
    this.focus();
  }

  #showMode(title) {
    const { context, 'context-icon': icon, 'context-title': titleEl, 'context-text': text } = this.#parts;
    context.hidden = !this.#mode;
    if (!this.#mode) return void delete context.dataset.mode;
    context.dataset.mode = this.#mode.kind;
    setIcon(icon, this.#mode.kind);
    show(titleEl, title);
    show(text, summary(this.#mode.message));
  }

  #attach(file) {
    if (!file || this.#mode?.kind === 'edit') return;
    this.#detach();
    this.#file = file;
    const { attachment, 'attachment-preview': preview, 'attachment-name': name } = this.#parts;
    attachment.hidden = false;
    preview.hidden = !file.type.startsWith('image/');
    if (!preview.hidden) preview.src = URL.createObjectURL(file);
    show(name, file.name);
    this.focus();
  }

  #detach() {
    const { attachment, 'attachment-preview': preview } = this.#parts;
    URL.revokeObjectURL(preview.src);
    preview.removeAttribute('src');
    attachment.hidden = true;
    this.#file = null;
  }

  #clear() {
    this.#parts.input.value = '';
    this.#fit();
  }

  /** As high as the text, up to a limit. */
  #fit() {
    const { input } = this.#parts;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT_PX)}px`;
  }
}
