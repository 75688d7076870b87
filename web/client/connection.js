// One user's socket: connects, keeps it alive across restarts of the server and expiry of the token, and turns acks
// into results or failures. It doesn't know what the events mean.
//
// Events: `state` (see `state`), `ready` (authenticated; every later event arrives), `event` {name, payload},
// `signed-out` (no way back without signing in).
import { io } from '../vendor/socket.io.esm.min.js';
import { Failure } from './api.js';
import { backoff, pause } from './backoff.js';

const ACK_TIMEOUT_MS = 8_000;
// Texts of connect_error that a new token may cure (contract: exact).
const TOKEN_REFUSED = new Set(['Authentication error: Invalid token', 'Authentication error: Token required']);
const USER_GONE = 'Authentication error: User not found';

export class Connection extends EventTarget {
  /** "offline" (not wanted), "connecting", "online" or "reconnecting". */
  state = 'offline';
  #socket;
  #session;
  #wanted = false;
  #tokenSpent = false;
  #refusals = 0;

  constructor(session) {
    super();
    this.#session = session;
    this.#socket = io({
      autoConnect: false,
      forceNew: true, // two users on one page must not share a transport
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
      // A function, so that each attempt takes the newest token.
      auth: (give) => give({ token: session.accessToken, dialect: 'colon' }),
    });
    this.#socket.on('disconnect', () => this.#lost());
    this.#socket.on('connect_error', (error) => this.#refused(error));
    this.#socket.onAny((name, payload) => this.#received(name, payload ?? {}));
  }

  connect() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#become('connecting');
    this.#socket.connect();
  }

  disconnect() {
    this.#wanted = false;
    this.#socket.disconnect();
    this.#become('offline');
  }

  /** Sends an event and waits for its ack: resolves to the ack, or rejects with a `Failure`. */
  async request(event, payload) {
    if (!this.#socket.connected) throw new Failure('You are offline', 'OFFLINE');
    let ack;
    try {
      ack = await this.#socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, payload);
    } catch {
      throw new Failure('The server did not answer', 'TIMEOUT');
    }
    if (ack?.success) return ack;
    throw new Failure(ack?.error, ack?.code ?? 'INTERNAL');
  }

  /** Sends an event whose loss doesn't matter. */
  tell(event, payload) {
    if (this.#socket.connected) this.#socket.volatile.emit(event, payload);
  }

  #received(name, payload) {
    switch (name) {
      case 'session:ready':
        this.#refusals = 0;
        this.#become('online');
        this.dispatchEvent(new Event('ready'));
        break;
      case 'session:expiring':
        this.#extend();
        break;
      case 'session:expired':
        this.#tokenSpent = true; // the server disconnects next
        break;
      default:
        this.dispatchEvent(new CustomEvent('event', { detail: { name, payload } }));
    }
  }

  /** Puts the running socket under a new token. Where that fails, the token expires and the socket reconnects. */
  async #extend() {
    try {
      await this.request('session:refresh', { token: await this.#session.renew() });
    } catch (failure) {
      if (failure.code === 'SIGNED_OUT') this.#signedOut();
    }
  }

  #lost() {
    if (!this.#wanted) return;
    this.#become('reconnecting');
    // The library comes back by itself, except where the server closed the socket.
    if (!this.#socket.active) this.#reconnect();
  }

  #refused(error) {
    if (!this.#wanted) return;
    if (this.state === 'online') this.#become('reconnecting');
    if (this.#socket.active) return; // not reached: the library tries again
    if (error.message === USER_GONE || TOKEN_REFUSED.has(error.message)) this.#tokenSpent = true;
    this.#reconnect();
  }

  async #reconnect() {
    await pause(backoff(this.#refusals++, { first: 300, most: 5_000 }));
    if (!this.#wanted || this.#socket.active) return;
    if (this.#tokenSpent) {
      try {
        await this.#session.renew();
        this.#tokenSpent = false;
      } catch (failure) {
        if (failure.code === 'SIGNED_OUT') this.#signedOut();
        else this.#reconnect();
        return;
      }
    }
    if (this.#wanted && !this.#socket.active) this.#socket.connect();
  }

  #signedOut() {
    this.disconnect();
    this.dispatchEvent(new Event('signed-out'));
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
