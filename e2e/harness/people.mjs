// Users, and the conversations they have: what nearly every test starts from.

import { randomBytes } from 'node:crypto';

import { Client } from './client.mjs';
import { ok, request } from './http.mjs';
import { times } from './wait.mjs';

let made = 0;

/** An id that belongs to nothing. */
export const strangeId = () => randomBytes(12).toString('hex');

/** Credentials that nobody else in this run has. */
export function freshAccount(given = {}) {
  const username = `u${process.pid}x${(made += 1)}`;
  return { username, email: `${username}@example.test`, password: 'correct horse battery', name: `Name of ${username}`, ...given };
}

/** A registered user: their profile, tokens, HTTP calls and sockets. */
export class Person {
  constructor(server, account, data, gateway) {
    Object.assign(this, { server, account, gateway });
    this.id = data.user._id;
    this.name = data.user.name;
    this.username = data.user.username;
    this.adopt(data);
  }

  /** Goes on with the tokens of a login or a refresh. */
  adopt({ accessToken, refreshToken }) {
    this.token = accessToken;
    this.refreshToken = refreshToken;
  }

  call(method, path, body, options = {}) {
    return request(this.server.url(this.gateway), method, path, { token: this.token, body, ...options });
  }

  get(path, options) { return this.call('GET', path, undefined, options); }
  post(path, body, options) { return this.call('POST', path, body, options); }
  put(path, body, options) { return this.call('PUT', path, body, options); }
  patch(path, body, options) { return this.call('PATCH', path, body, options); }
  delete(path, body, options) { return this.call('DELETE', path, body, options); }

  /** A socket that has its `session:ready`, or `session_ready` where `auth` names the snake dialect. */
  async connect(options = {}) {
    const { token = this.token, gateway = this.gateway, auth, ...rest } = options;
    const client = new Client(this.server.url(gateway), { auth: { token, ...auth }, ...rest });
    await client.connected();
    await client.next(auth?.dialect === 'snake' ? 'session_ready' : 'session:ready');
    return client;
  }

  /** A socket that has joined the conversation. */
  async join(conversationId, options) {
    const client = await this.connect(options);
    await client.must('join:conversation', { conversationId });
    return client;
  }
}

/** Registers a user on gateway `gateway`. */
export async function person(server, given, gateway = 0) {
  await server.started;
  const account = freshAccount(given);
  const data = ok(await request(server.url(gateway), 'POST', '/api/auth/register', { body: account }), 201);
  return new Person(server, account, data, gateway);
}

/** Registrations at a time: each takes a password hash, and one command's deadline is 5 s on however slow a machine. */
const REGISTRATIONS = 8;

/** Registers several users, each on the next gateway. */
export async function people(server, count) {
  const all = [];
  while (all.length < count) {
    const first = all.length;
    all.push(...await times(Math.min(REGISTRATIONS, count - first), (index) => person(server, {}, first + index)));
  }
  return all;
}

/** The direct conversation of two users. */
export async function directId(a, b) {
  return ok(await a.post('/api/conversations', { type: 'direct', participantId: b.id }))._id;
}

/** A group made by the first of `members`. */
export async function groupId(members, name = 'A group') {
  const [admin, ...others] = members;
  return ok(await admin.post('/api/conversations', { type: 'group', name, participantIds: others.map((each) => each.id) }), 201)._id;
}

/** Two users, their direct conversation `id`, and a joined socket of each (`sa`, `sb`). */
export async function pair(server) {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const [sa, sb] = await Promise.all([a.join(id), b.join(id)]);
  return { a, b, id, sa, sb };
}

/** `count` users in a group `id`, and a joined socket of each; the first is its admin. */
export async function crowd(server, count) {
  const members = await people(server, count);
  const id = await groupId(members);
  const sockets = await Promise.all(members.map((each) => each.join(id)));
  return { members, id, sockets };
}

/** Sends a text and returns the ack. */
export const say = (socket, conversationId, text, more = {}) => socket.must('send:message', { conversationId, text, ...more });
