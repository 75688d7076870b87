// Stays connected as one user in one conversation, for days: through the end of its tokens, lost networks, restarts of
// the server, and a machine that slept through all of that. Prints a line for each thing that happens.
//
//   NATTER_PASSWORD=… node stay.mjs http://127.0.0.1:3100 username conversationId

import { io } from 'socket.io-client';

const [server, username, conversationId] = process.argv.slice(2);
const say = (...what) => console.log(...what);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// --- tokens ---

let tokens;
let renewal = null;

async function post(path, body) {
  const response = await fetch(new URL(path, server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (answer.success) return answer.data;
  throw Object.assign(new Error(answer.error), { status: response.status });
}

const signIn = async () => { tokens = await post('/api/auth/login', { username, password: process.env.NATTER_PASSWORD }); };

/**
 * Fetches a new pair: the refresh token works once, so all who need a new pair at the same time wait for one request.
 * A program that ends in between keeps the newest pair somewhere safe; this one signs in again.
 */
function renew() {
  renewal ??= exchange().finally(() => { renewal = null; });
  return renewal;
}

async function exchange() {
  try {
    tokens = await post('/api/auth/refresh', { refreshToken: tokens.refreshToken });
    say('renewed');
  } catch (error) {
    if (error.status !== 401) throw error; // not reached: the old pair may still be good
    await signIn(); // the session is over, by a logout or after weeks
    say('signed in again');
  }
}

// --- the socket ---

await signIn();
const socket = io(server, {
  // A function, so that each attempt takes the newest token.
  auth: (give) => give({ token: tokens.accessToken, dialect: 'colon' }),
});

// A minute before the token ends. The socket goes on under the new one: no event is missed.
socket.on('session:expiring', async () => {
  try {
    await renew();
    const ack = await socket.timeout(10_000).emitWithAck('session:refresh', { token: tokens.accessToken });
    if (ack.success) say('goes on until', ack.expiresAt);
  } catch (error) {
    say('not renewed:', error.message); // the token ends, and the socket comes back below
  }
});

// The token ended all the same: this process slept, or the server could not be reached. The server disconnects next.
let spent = false;
socket.on('session:expired', ({ code }) => {
  say('expired:', code);
  spent = true;
});

socket.on('disconnect', (reason) => {
  say('disconnected:', reason);
  if (!socket.active) comeBack(); // by the server: the library does not reconnect by itself then
});

socket.on('connect_error', (error) => {
  if (socket.active) return; // not reached: the library tries again
  say('refused:', error.message);
  if (error.message === 'Authentication error: Invalid token') spent = true;
  comeBack();
});

let attempts = 0;
async function comeBack() {
  // Longer each time, and with jitter, so that not all clients come back at once.
  await pause(Math.min(10_000, 250 * 2 ** attempts++) * (0.5 + Math.random() / 2));
  try {
    if (spent) await renew();
    spent = false;
    socket.connect();
  } catch (error) {
    say('not renewed:', error.message);
    comeBack();
  }
}

// --- the conversation ---

let rev; // every change up to this one has been seen
let shownUpTo = 0; // every message up to this one has been printed, and those
const shownBeyond = new Set();

socket.on('session:ready', async () => {
  try {
    await join();
    attempts = 0;
  } catch (error) {
    say('not joined:', error.message);
    if (['NOT_FOUND', 'FORBIDDEN'].includes(error.code)) process.exit(1);
    if (socket.connected) socket.disconnect(); // and come back for another try
  }
});

async function join() {
  const first = rev === undefined;
  const ack = await socket.timeout(10_000).emitWithAck('join:conversation', { conversationId, ...(!first && { afterRev: rev }) });
  if (ack.success) {
    if (first) shownUpTo = ack.lastSeq;
    rev ??= ack.rev; // an event may be faster than the ack
    return say('joined');
  }
  if (ack.code !== 'RESYNC') throw failure(ack);
  await catchUp();
  return join();
}

/** More was missed than a join brings: pages of it first. */
async function catchUp() {
  for (let more = true; more;) {
    const ack = await socket.timeout(10_000).emitWithAck('sync', { cursors: [{ conversationId, rev }], limit: 100 });
    const page = ack.conversations?.find((each) => each.conversationId === conversationId);
    if (!page) throw failure(ack.success ? { error: 'Conversation not found', code: 'NOT_FOUND' } : ack);
    page.changes.forEach(saw);
    rev = page.rev;
    more = page.hasMore;
  }
}

const failure = ({ error, code }) => Object.assign(new Error(error), { code });

/** Messages are numbered 1, 2, 3, …; each is printed at its first sight, in whatever state that is. */
function saw({ seq, deleted, senderId, text }) {
  if (seq <= shownUpTo || shownBeyond.has(seq)) return;
  shownBeyond.add(seq);
  while (shownBeyond.delete(shownUpTo + 1)) shownUpTo += 1;
  if (!deleted) say(`#${seq} ${senderId.name}: ${text}`);
}

for (const event of ['new:message', 'message:updated']) {
  socket.on(event, ({ message }) => {
    rev = message.rev;
    saw(message);
  });
}
socket.on('message:deleted', (change) => { rev = change.rev; });

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { socket.disconnect(); process.exit(0); });
