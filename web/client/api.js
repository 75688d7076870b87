// One HTTP call to Natter's API: unwraps `{success, data}` and turns every failure into a `Failure`.

/** A refused or failed request, over HTTP or the socket. `code` is the server's, or OFFLINE, TIMEOUT or SIGNED_OUT. */
export class Failure extends Error {
  constructor(message, code, status = 0) {
    super(message || 'Something went wrong');
    this.code = code;
    this.status = status;
  }

  /** The outcome is unknown or temporary: the same request may be made again. */
  get temporary() {
    return TEMPORARY.has(this.code);
  }
}

const TEMPORARY = new Set(['OFFLINE', 'TIMEOUT', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNAUTHENTICATED', 'RESYNC']);

export async function call(method, path, { json, form, token, timeoutMs = 15_000 } = {}) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (json) headers['Content-Type'] = 'application/json';

  let response;
  let body = null;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: json ? JSON.stringify(json) : form,
      signal: AbortSignal.timeout(timeoutMs),
      cache: 'no-store',
    });
    if (response.status === 204) return null;
    body = await response.json();
  } catch {
    // No answer, or one cut off, or not JSON (a proxy's error page).
    if (!response || response.ok || response.status >= 500) throw new Failure("The server can't be reached", 'UNAVAILABLE');
  }
  if (response.ok && body?.success) return body.data;
  throw new Failure(body?.error, body?.code ?? codeOf(response.status), response.status);
}

function codeOf(status) {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 413) return 'TOO_LARGE';
  if (status === 429) return 'RATE_LIMITED';
  return status >= 500 ? 'UNAVAILABLE' : 'VALIDATION';
}
