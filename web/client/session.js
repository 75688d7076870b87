// The tokens of one signed-in user. Renews them when the server says that they are spent; knows nothing of sockets.
import { call, Failure } from './api.js';

export class Session {
  #accessToken;
  #refreshToken;
  #renewal = null;
  #recover;
  #onRenewed;

  /**
   * `recover` is asked for a new pair when the refresh token is refused, and answers null where there is none (the
   * user has to sign in again). `onRenewed` is told each new pair, so that it can be kept.
   */
  constructor({ accessToken, refreshToken }, { recover = async () => null, onRenewed = () => {} } = {}) {
    this.#accessToken = accessToken;
    this.#refreshToken = refreshToken;
    this.#recover = recover;
    this.#onRenewed = onRenewed;
  }

  get accessToken() {
    return this.#accessToken;
  }

  /** An API call as this user; a spent token is renewed once and the call repeated. */
  async call(method, path, options = {}) {
    const token = this.#accessToken;
    try {
      return await call(method, path, { ...options, token });
    } catch (failure) {
      if (failure.status !== 401) throw failure;
      if (token === this.#accessToken) await this.renew();
      return call(method, path, { ...options, token: this.#accessToken });
    }
  }

  /** A refresh token works once, so everyone who needs a new pair at the same time waits for the same request. */
  renew() {
    this.#renewal ??= this.#exchange().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #exchange() {
    const pair = await this.#refreshed();
    this.#accessToken = pair.accessToken;
    this.#refreshToken = pair.refreshToken;
    this.#onRenewed(pair);
    return pair.accessToken;
  }

  async #refreshed() {
    try {
      return await call('POST', '/api/auth/refresh', { json: { refreshToken: this.#refreshToken } });
    } catch (failure) {
      if (failure.code !== 'UNAUTHENTICATED' && failure.code !== 'VALIDATION') throw failure;
      const pair = await this.#recover();
      if (!pair) throw new Failure('Please sign in again', 'SIGNED_OUT');
      return pair;
    }
  }
}
