// Accounts and their tokens.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import jwt from 'jsonwebtoken';

import { Failure } from './failure.mjs';
import { User, isDuplicate } from './models.mjs';
import { settings } from './settings.mjs';

const derive = promisify(scrypt);
const KEY_BYTES = 32;

async function hash(password) {
  const salt = randomBytes(16);
  return `${salt.toString('base64')}:${(await derive(password, salt, KEY_BYTES)).toString('base64')}`;
}

async function matches(password, stored) {
  const [salt, key] = stored.split(':').map((part) => Buffer.from(part, 'base64'));
  return timingSafeEqual(await derive(password, salt, KEY_BYTES), key);
}

function signedIn(user) {
  const accessToken = jwt.sign({ sub: user.id }, settings.secret, { algorithm: 'HS256', expiresIn: settings.tokenTtl });
  const { exp, iat } = jwt.decode(accessToken);
  const { id, username, name, email, profileImage } = user;
  return { user: { _id: id, username, name, email, profileImage }, accessToken, expiresIn: exp - iat };
}

const isText = (value) => typeof value === 'string' && value.trim() !== '';

export async function register({ username, email, password, name } = {}) {
  for (const [field, value] of Object.entries({ username, email, password })) {
    if (!isText(value)) throw new Failure('VALIDATION', `Invalid payload: ${field}: is required`);
  }
  try {
    return signedIn(await User.create({ username, email, name: name ?? username, password: await hash(password) }));
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Failure('CONFLICT', error.keyPattern.email ? 'Email already registered' : 'Username already taken');
  }
}

export async function logIn({ username, email, password } = {}) {
  const known = isText(username) ? { username } : { email };
  if (!isText(password) || !isText(known.username ?? known.email)) throw new Failure('UNAUTHENTICATED', 'Invalid credentials');
  const user = await User.findOne(known).select('+password');
  if (!user || !(await matches(password, user.password))) throw new Failure('UNAUTHENTICATED', 'Invalid credentials');
  return signedIn(user);
}

/** What a token says: `{sub, exp, …}`; throws where it is no good. */
export const claims = (token) => jwt.verify(token, settings.secret, { algorithms: ['HS256'] });
