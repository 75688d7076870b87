// Plain fetch, with the envelope of the HTTP API taken apart: {status, headers, body, data, error, code}.

import assert from 'node:assert/strict';

/** Makes a request; `body` is sent as JSON unless it is a FormData, string, Buffer or undefined. */
export async function request(base, method, path, { token, body, headers = {}, signal } = {}) {
  const plain = body === undefined || typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
  const sent = { ...headers };
  if (token) sent.authorization = `Bearer ${token}`;
  const json = !plain || typeof body === 'string';
  if (json && !Object.keys(sent).some((name) => name.toLowerCase() === 'content-type')) sent['content-type'] = 'application/json';
  const response = await fetch(new URL(path, base), {
    method, headers: sent, body: plain ? body : JSON.stringify(body), signal, redirect: 'manual',
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  let parsed = null;
  try { parsed = JSON.parse(bytes.toString('utf8')); } catch { /* not every answer is JSON */ }
  return {
    status: response.status, headers: response.headers, bytes, body: parsed,
    data: parsed?.data, error: parsed?.error, code: parsed?.code, what: `${method} ${path}`,
  };
}

/** The data of a response that must be a success, of `status` where given. */
export function ok(response, status) {
  const told = `${response.what}: ${response.status} ${response.bytes.toString('utf8').slice(0, 500)}`;
  if (status) assert.equal(response.status, status, told);
  assert.ok(response.status >= 200 && response.status < 300, told);
  assert.equal(response.body?.success, true, told);
  return response.data;
}

/** Asserts that a response is a failure of `status`, with `code` and, where given, exactly the text `error`. */
export function refused(response, status, code, error) {
  const told = `${response.what}: ${response.status} ${response.bytes.toString('utf8').slice(0, 500)}`;
  assert.equal(response.status, status, told);
  assert.equal(response.body?.success, false, told);
  if (code) assert.equal(response.code, code, told);
  if (error) assert.equal(response.error, error, told);
  assert.equal(typeof response.error, 'string', told);
  assert.ok(response.headers.get('x-request-id'), told);
}
