// Tokens signed by hand, good and bad ones.

import { createHmac, sign } from 'node:crypto';

import { JWT_SECRET } from './standalone.mjs';

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Seconds since 1970, `offset` seconds from now. */
export const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;

/** A token with `claims` (plus an `exp` ten minutes on, unless they say otherwise; `undefined` leaves one out). */
export function token(claims, { alg = 'HS256', secret = JWT_SECRET, key } = {}) {
  const signed = `${part({ alg, typ: 'JWT' })}.${part({ iat: seconds(), exp: seconds(600), ...claims })}`;
  if (alg === 'none') return `${signed}.`;
  if (key) return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  const hash = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }[alg];
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}
