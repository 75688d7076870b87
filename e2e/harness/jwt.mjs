// Tokens signed by hand, good and bad ones.

import { createHmac, sign } from 'node:crypto';

import { JWT_SECRET } from './natter.mjs';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Seconds since 1970, `offset` seconds from now. */
export const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;

/** Signs by `alg`: with `secret` (HS…), with the private `key` (the others), or not at all (none). */
function signature(text, { alg, secret, key }) {
  if (alg === 'none') return '';
  if (!key) return createHmac(alg.replace('HS', 'sha'), secret).update(text).digest('base64url');
  return sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

/** A token with `claims` (plus an `exp` ten minutes on, unless they say otherwise; `undefined` leaves one out). */
export function token(claims, { alg = 'HS256', secret = JWT_SECRET, key, kid } = {}) {
  const text = `${part({ alg, typ: 'JWT', kid })}.${part({ iat: seconds(), exp: seconds(600), ...claims })}`;
  return `${text}.${signature(text, { alg, secret, key })}`;
}
