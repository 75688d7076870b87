// The scrolling list of messages: keeps one view a message, stays at the bottom while the reader is there, and reports
// which messages are on the screen.
import { partsOf } from './dom.js';
import { MessageView } from './message-view.js';

const NEAR_BOTTOM_PX = 48;

export class MessageList {
  #parts;
  #context;
  #views = new Map();
  #atBottom = true;
  #inView = new Set();
  #seen;
  #observer;
  #disposed = new AbortController();

  /** `seen(messageIds)` is told which messages of others are really on the screen. */
  constructor(root, context, { seen }) {
    this.#parts = partsOf(root);
    this.#context = { ...context, jump: (id) => this.#jump(id) };
    this.#seen = seen;
    const { scroller, messages, 'new-messages': newMessages } = this.#parts;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    newMessages.addEventListener('click', () => this.scrollToEnd());
    messages.addEventListener('keydown', (event) => this.#moveFocus(event));
    // Against the viewport, not the list: on a phone the list itself may be scrolled off the screen.
    this.#observer = new IntersectionObserver((entries) => this.#intersected(entries));
    // The composer grows, the phone's keyboard opens: the newest message stays in sight.
    new ResizeObserver(() => this.#atBottom && this.scrollToEnd()).observe(scroller);
    document.addEventListener('visibilitychange', () => this.#reportSeen(), { signal: this.#disposed.signal });
  }

  render(messages, grouped) {
    const { scroller, messages: list, empty, 'new-messages': newMessages } = this.#parts;
    const stay = this.#atBottom;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const oldLast = list.lastElementChild;
    const oldFirst = list.firstElementChild;

    const kept = new Set();
    let previous = null;
    let place = list.firstElementChild;
    for (const message of messages) {
      const key = keyOf(message);
      kept.add(key);
      const view = this.#viewFor(key);
      view.update(message, previous, grouped);
      if (view.root === place) place = place.nextElementSibling;
      else list.insertBefore(view.root, place);
      this.#observer.observe(view.root);
      previous = message;
    }
    for (const [key, view] of this.#views) {
      if (!kept.has(key)) this.#drop(key, view);
    }
    empty.hidden = messages.length > 0;
    this.#setTabStop();

    const last = list.lastElementChild;
    const added = last !== oldLast && last !== null;
    const ownNow = added && this.#views.get(keyOf(messages.at(-1)))?.own && oldLast;
    if (stay || ownNow) this.scrollToEnd();
    else if (list.firstElementChild !== oldFirst) scroller.scrollTop = scroller.scrollHeight - fromEnd; // older ones, above
    if (added && !stay && !ownNow) newMessages.hidden = false;
  }

  scrollToEnd() {
    const { scroller } = this.#parts;
    scroller.scrollTop = scroller.scrollHeight;
    this.#scrolled();
  }

  dispose() {
    this.#disposed.abort();
    this.#observer.disconnect();
    this.#views.forEach((view) => view.dispose());
    this.#views.clear();
  }

  #viewFor(key) {
    if (!this.#views.has(key)) this.#views.set(key, new MessageView(this.#context));
    return this.#views.get(key);
  }

  #drop(key, view) {
    this.#observer.unobserve(view.root);
    this.#inView.delete(view);
    view.dispose();
    this.#views.delete(key);
  }

  #scrolled() {
    const { scroller, 'new-messages': newMessages } = this.#parts;
    this.#atBottom = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM_PX;
    if (this.#atBottom) newMessages.hidden = true;
  }

  #intersected(entries) {
    const views = new Map([...this.#views.values()].map((view) => [view.root, view]));
    for (const { target, isIntersecting } of entries) {
      const view = views.get(target);
      if (!view) continue;
      if (isIntersecting) this.#inView.add(view);
      else this.#inView.delete(view);
    }
    this.#reportSeen();
  }

  #reportSeen() {
    if (document.visibilityState !== 'visible') return;
    const ids = [...this.#inView].filter((view) => !view.own).map((view) => view.message._id);
    if (ids.length) this.#seen(ids);
  }

  #jump(id) {
    const view = [...this.#views.values()].find((v) => v.message._id === id);
    if (!view) return;
    view.root.scrollIntoView({ block: 'center' });
    view.root.focus({ preventScroll: true });
  }

  // One tab stop for the whole list; the arrows move between messages and so to their actions.
  #moveFocus(event) {
    if (event.target.dataset.testid !== 'message') return;
    const to = { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' }[event.key];
    const next = to && event.target[to];
    if (!next) return;
    event.preventDefault();
    this.#setTabStop(next);
    next.focus();
  }

  #setTabStop(item = this.#parts.messages.lastElementChild) {
    const current = this.#parts.messages.querySelector('[tabindex="0"]');
    if (current === item) return;
    current?.setAttribute('tabindex', '-1');
    item?.setAttribute('tabindex', '0');
  }
}

/** The same before and after the server has given the message its id. */
function keyOf(message) {
  return message.clientMessageId ? `${message.senderId._id}/${message.clientMessageId}` : message._id;
}
