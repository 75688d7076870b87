// One user's half of the page: signs in, then shows the conversation list or the open conversation of a `ChatClient`.
import { ChatClient } from '../client/chat-client.js';
import { Session } from '../client/session.js';
import { ConversationListView } from './conversation-list-view.js';
import { ConversationView } from './conversation-view.js';
import { instantiate, paintAvatar, show } from './dom.js';
import { SignInView } from './sign-in-view.js';

const STATES = { connecting: 'Connecting…', online: 'Connected', reconnecting: 'Reconnecting…', offline: 'Offline' };
const REFRESH_MS = 30_000; // "last seen 2 min ago" grows old

export class Pane {
  #parts;
  #label;
  #account;
  #client = null;
  #view = null;
  #scheduled = false;
  #roomFailure = null;

  /** `account` keeps the tokens: `signedIn()` (or null), `keep(credentials)`, `recover()`, `forget()`, `isDemo`. */
  constructor({ testid, label, account }) {
    this.#label = label;
    this.#account = account;
    this.#parts = instantiate('pane-template');
    const { root, toggle, 'sign-out': signOut, 'notice-dismiss': dismiss } = this.#parts;
    root.dataset.testid = testid;
    toggle.addEventListener('click', () => this.#toggle());
    signOut.addEventListener('click', () => this.#signOut());
    dismiss.addEventListener('click', () => this.#report(null));
    setInterval(() => this.#render(), REFRESH_MS);
  }

  get root() {
    return this.#parts.root;
  }

  /** With `conversationId`, that conversation is open from the start. */
  start(conversationId = null) {
    const credentials = this.#account.signedIn();
    if (!credentials) return this.#askToSignIn();
    const session = new Session(credentials, {
      onRenewed: (pair) => this.#account.keep({ ...credentials, ...pair }),
      recover: () => this.#account.recover(),
    });
    const client = new ChatClient(session, credentials.user);
    this.#client = client;
    this.#parts.root.dataset.userId = credentials.user._id;
    client.addEventListener('change', () => this.#schedule());
    client.addEventListener('signed-out', () => this.#leave(client));
    if (conversationId) client.openRoom(conversationId);
    client.goOnline();
    this.#render();
  }

  #askToSignIn() {
    this.#show(new SignInView({
      onSignedIn: (credentials) => {
        this.#account.keep(credentials);
        this.start();
      },
    }));
    this.#render();
  }

  async #signOut() {
    const client = this.#client;
    await client.signOut();
    this.#leave(client);
  }

  #leave(client) {
    if (client !== this.#client) return;
    this.#client = null;
    this.#account.forget();
    this.#parts.root.dataset.userId = '';
    this.#askToSignIn();
  }

  #toggle() {
    if (this.#client.connection === 'offline') this.#client.goOnline();
    else this.#client.goOffline();
  }

  #report(failure) {
    this.#parts.notice.hidden = !failure;
    this.#parts['notice-text'].textContent = failure?.message ?? '';
  }

  /** A burst of changes is one render. */
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#render();
    });
  }

  #render() {
    this.#renderBar();
    if (!this.#client) return;
    const view = this.#viewOfState();
    if (view !== this.#view) this.#show(view);
    view.render();
  }

  #renderBar() {
    const { root, self, 'self-avatar': avatar, connection, toggle, 'sign-out': signOut } = this.#parts;
    const client = this.#client;
    const state = client?.connection ?? 'offline';
    const offline = state === 'offline';
    root.dataset.connection = connection.dataset.state = state;
    root.dataset.joined = Boolean(client?.room?.ready);
    const name = client && (client.user.name || client.user.username);
    root.setAttribute('aria-label', name ?? this.#label);
    show(self, name ?? 'Not signed in');
    avatar.hidden = !client;
    if (client) paintAvatar(avatar, client.user);
    show(connection, client ? STATES[state] : null);
    toggle.hidden = !client;
    toggle.textContent = offline ? 'Go online' : 'Go offline';
    toggle.setAttribute('aria-pressed', offline);
    signOut.hidden = !client || this.#account.isDemo;
    this.#reportOnce(client?.room?.failure ?? null);
  }

  /** A room that can't be opened says so once; the user may dismiss it. */
  #reportOnce(failure) {
    if (failure === this.#roomFailure) return;
    this.#roomFailure = failure;
    if (failure) this.#report(failure);
  }

  /** The view shown now where it still fits, or a new one. */
  #viewOfState() {
    const { room } = this.#client;
    const options = { report: (failure) => this.#report(failure) };
    if (!room) return this.#view instanceof ConversationListView ? this.#view : new ConversationListView(this.#client, options);
    if (this.#view instanceof ConversationView && this.#view.conversationId === room.conversationId) return this.#view;
    return new ConversationView(this.#client, options);
  }

  #show(view) {
    const hadFocus = this.#view?.root.contains(document.activeElement);
    this.#view?.dispose();
    this.#view = view;
    this.#parts.body.replaceChildren(view.root);
    this.#report(null);
    if (hadFocus) view.focus?.();
  }
}
