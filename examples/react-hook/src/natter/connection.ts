// One user's socket. Keeps it alive across lost networks, restarts of the server and the end of a token, and turns acks
// into results or failures. Doesn't know what the events mean.
import { io, type Socket } from 'socket.io-client';
import { Failure, type Requests, type ServerEvents } from './protocol';
import type { Session } from './session';

const ACK_TIMEOUT_MS = 8_000;
// Texts of connect_error, which the server promises to keep.
const TOKEN_REFUSED = 'Authentication error: Invalid token';
const USER_GONE = 'Authentication error: User not found';

export type ConnectionState = 'offline' | 'connecting' | 'online';

export class Connection {
  readonly socket: Socket<ServerEvents>;
  #session: Session;
  #state: ConnectionState = 'offline';
  #tokenSpent = false;
  #refusals = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #onState: (state: ConnectionState) => void;
  #onSignedOut: () => void;

  constructor(session: Session, onState: (state: ConnectionState) => void, onSignedOut: () => void) {
    this.#session = session;
    this.#onState = onState;
    this.#onSignedOut = onSignedOut;
    this.socket = io(session.server, {
      autoConnect: false,
      forceNew: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
      // A function, so that each attempt takes the newest token.
      auth: (give) => give({ token: session.accessToken, dialect: 'colon' }),
    });
    this.socket.on('session:ready', () => this.#ready());
    this.socket.on('session:expiring', () => void this.#extend());
    this.socket.on('session:expired', () => (this.#tokenSpent = true)); // the server disconnects next
    this.socket.on('disconnect', () => this.#lost());
    this.socket.on('connect_error', (error) => this.#refused(error.message));
  }

  start(): void {
    if (this.#state !== 'offline') return;
    this.#become('connecting');
    this.socket.connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#become('offline');
    this.socket.disconnect();
  }

  /** Sends an event and resolves with its ack; rejects with a `Failure` where that is a refusal, or doesn't come. */
  async request<E extends keyof Requests>(event: E, payload: Requests[E][0]): Promise<Requests[E][1]> {
    // The library would keep the event for later; whoever asks decides that here.
    if (!this.socket.connected) throw new Failure('You are offline', 'OFFLINE');
    let ack;
    try {
      ack = await (this.socket as Socket).timeout(ACK_TIMEOUT_MS).emitWithAck(event, payload);
    } catch {
      throw new Failure('The server did not answer', 'TIMEOUT');
    }
    if (ack?.success) return ack;
    throw new Failure(ack?.error ?? 'Something went wrong', ack?.code ?? 'INTERNAL');
  }

  #ready(): void {
    this.#refusals = 0;
    this.#become('online');
  }

  /** Puts the running socket under a new token. Where that fails, the token runs out and the socket comes back by itself. */
  async #extend(): Promise<void> {
    try {
      await this.#session.renew();
      await this.request('session:refresh', { token: this.#session.accessToken });
    } catch (failure) {
      if (failure instanceof Failure && failure.code === 'SIGNED_OUT') this.#signedOut();
    }
  }

  #lost(): void {
    if (this.#state === 'offline') return;
    this.#become('connecting');
    // The library comes back by itself, unless it was the server that closed the socket.
    if (!this.socket.active) this.#comeBack();
  }

  #refused(message: string): void {
    if (this.#state === 'offline' || this.socket.active) return; // not reached: the library tries again
    if (message === TOKEN_REFUSED || message === USER_GONE) this.#tokenSpent = true;
    this.#comeBack();
  }

  /** Waits a little longer each time, and with jitter, so that not all clients come back at once. */
  #comeBack(): void {
    const most = Math.min(8_000, 300 * 2 ** this.#refusals++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#reconnect(), most * (0.5 + Math.random() / 2));
  }

  async #reconnect(): Promise<void> {
    if (this.#tokenSpent) {
      try {
        await this.#session.renew();
        this.#tokenSpent = false;
      } catch (failure) {
        if (failure instanceof Failure && failure.code === 'SIGNED_OUT') this.#signedOut();
        else if (this.#state !== 'offline') this.#comeBack();
        return;
      }
    }
    if (this.#state !== 'offline' && !this.socket.active) this.socket.connect();
  }

  #signedOut(): void {
    this.stop();
    this.#onSignedOut();
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onState(state);
  }
}
