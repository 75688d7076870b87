// A user of Natter on a plain page: signing in, the HTTP API, and a stock socket that stays connected, whatever happens
// to the network, the server and the token. Both dialects: their session events differ by a colon.

import { io } from 'socket.io-client';

/** A request that was refused, over HTTP or the socket. */
export class Refused extends Error {
  constructor({ error, code } = {}, status = 0) {
    super(error ?? 'The server can\'t be reached');
    this.code = code ?? 'UNAVAILABLE';
    this.status = status;
  }

  /** What came of it is unknown, or it may go well later: it may be asked again. */
  get temporary() { return ['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNAUTHENTICATED'].includes(this.code); }
}

/** Fires `online` (every later event arrives), `offline`, and `signed-out` (somebody has to sign in again). */
export class Natter extends EventTarget {
  /** The signed-in user's profile. */
  user = null;
  /** The stock socket, to listen on. Made once. */
  socket;
  #server; #dialect; #tokens; #renewal = null; #spent = false; #attempts = 0; #over = false;

  /** `dialect` is "colon" or "snake". */
  constructor(server, dialect) {
    super();
    this.#server = server;
    this.#dialect = dialect;
    this.socket = io(server, {
      autoConnect: false,
      // A function, so that each attempt takes the newest token.
      auth: (give) => give({ token: this.#tokens.accessToken, dialect }),
    });
    const event = (name) => (dialect === 'snake' ? `session_${name}` : `session:${name}`);
    this.socket.on(event('ready'), () => {
      this.#attempts = 0;
      this.#tell('online');
    });
    this.socket.on(event('expiring'), () => this.#extend(event('refresh')));
    this.socket.on(event('expired'), () => { this.#spent = true; }); // the server disconnects next
    this.socket.on('disconnect', () => {
      this.#tell('offline');
      if (!this.socket.active) this.#comeBack(); // by the server: the library stays away then
    });
    this.socket.on('connect_error', ({ message }) => {
      if (this.socket.active) return; // not reached: the library tries again
      if (['Authentication error: Invalid token', 'Authentication failed'].includes(message)) this.#spent = true;
      this.#comeBack();
    });
  }

  /** Signs in and connects. */
  async signIn(username, password) {
    const signedIn = await this.#fetch('POST', '/api/auth/login', { username, password });
    this.user = signedIn.user;
    this.#tokens = signedIn;
    this.socket.connect();
  }

  /** An API call as this user: the answer's data. `body` is sent as JSON, or as the form that it is. */
  async call(method, path, body) {
    const token = this.#tokens.accessToken;
    try {
      return await this.#fetch(method, path, body, token);
    } catch (refused) {
      if (refused.status !== 401) throw refused;
      if (token === this.#tokens.accessToken) await this.#renew();
      return this.#fetch(method, path, body, this.#tokens.accessToken);
    }
  }

  /** Sends an event and resolves with its ack; rejects with `Refused`. */
  async ask(event, payload) {
    if (!this.socket.connected) throw new Refused();
    let ack;
    try {
      ack = await this.socket.timeout(8_000).emitWithAck(event, payload);
    } catch {
      throw new Refused(); // no answer: nobody knows
    }
    if (ack?.success) return ack;
    throw new Refused(ack);
  }

  /** An address that the server gave, such as a file's, as this page can load it. */
  address(url) { return new URL(url, this.#server).href; }

  async #fetch(method, path, body, token) {
    const headers = { 'x-dialect': this.#dialect };
    if (token) headers.authorization = `Bearer ${token}`;
    const isForm = body instanceof FormData;
    if (body && !isForm) headers['content-type'] = 'application/json';
    let response;
    let answer;
    try {
      response = await fetch(new URL(path, this.#server), { method, headers, body: isForm ? body : body && JSON.stringify(body) });
      answer = await response.json();
    } catch {
      throw new Refused(undefined, response?.status);
    }
    if (!answer.success) throw new Refused(answer, response.status);
    return answer.data ?? answer;
  }

  /** A refresh token works once: all who need a new pair at the same time wait for one request. */
  #renew() {
    this.#renewal ??= this.#exchange().finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async #exchange() {
    try {
      this.#tokens = await this.#fetch('POST', '/api/auth/refresh', { refreshToken: this.#tokens.refreshToken });
    } catch (refused) {
      if (refused.status === 401) this.#end();
      throw refused;
    }
  }

  /** The token ends in a minute: the socket goes on under a new one. Where that fails it ends, and `#comeBack` follows. */
  async #extend(refresh) {
    try {
      await this.#renew();
      await this.ask(refresh, { token: this.#tokens.accessToken });
    } catch { /* see above */ }
  }

  /** Longer each time, and with jitter, so that not all clients come back at once. */
  async #comeBack() {
    const most = Math.min(8_000, 300 * 2 ** this.#attempts++);
    await new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
    try {
      if (this.#spent) await this.#renew();
      this.#spent = false;
      if (!this.#over && !this.socket.active) this.socket.connect();
    } catch {
      if (!this.#over) this.#comeBack();
    }
  }

  #end() {
    this.#over = true;
    this.socket.disconnect();
    this.#tell('signed-out');
  }

  #tell(event) { this.dispatchEvent(new Event(event)); }
}
