// The tokens of one signed-in user, and the HTTP API under them. Knows nothing of sockets.
import { Failure, type Profile } from './protocol';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface SignedIn extends Tokens {
  user: Profile;
}

export class Session {
  #tokens: Tokens;
  #renewal: Promise<void> | null = null;

  /** `keep` is told each new pair: a refresh token works once, so what is kept must be the newest. */
  constructor(
    readonly server: string,
    readonly user: Profile,
    tokens: Tokens,
    private keep: (tokens: Tokens) => void = () => {},
  ) {
    this.#tokens = tokens;
  }

  get accessToken(): string {
    return this.#tokens.accessToken;
  }

  /** An API call as this user; a spent token is renewed once, and the call made again. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const token = this.accessToken;
    try {
      return await call<T>(this.server, method, path, body, token);
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.status !== 401) throw failure;
      if (token === this.accessToken) await this.renew();
      return call<T>(this.server, method, path, body, this.accessToken);
    }
  }

  /** Fetches a new pair. All who need one at the same time wait for the same request. */
  renew(): Promise<void> {
    this.#renewal ??= this.#exchange().finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #exchange(): Promise<void> {
    try {
      const { refreshToken } = this.#tokens;
      this.#tokens = await call<Tokens>(this.server, 'POST', '/api/auth/refresh', { refreshToken });
    } catch (failure) {
      if (failure instanceof Failure && failure.status === 401) throw new Failure('Please sign in again', 'SIGNED_OUT');
      throw failure;
    }
    this.keep(this.#tokens);
  }
}

/** `path` is `/api/auth/login` or `/api/auth/register`. */
export function signIn(server: string, path: string, account: Record<string, string>): Promise<SignedIn> {
  return call<SignedIn>(server, 'POST', path, account);
}

async function call<T>(server: string, method: string, path: string, body?: unknown, token?: string): Promise<T> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let status = 0;
  let answer: { success?: boolean; data?: T; error?: string; code?: string };
  try {
    const response = await fetch(new URL(path, server), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    status = response.status;
    answer = await response.json();
  } catch {
    // Not reached, cut off, or a proxy's page.
    throw new Failure("The server can't be reached", 'UNAVAILABLE', status);
  }
  if (answer.success) return answer.data as T;
  throw new Failure(answer.error ?? 'Something went wrong', answer.code ?? 'INTERNAL', status);
}
