// Very many stock clients in a process of their own, so that they don't slow down who measures. It is told by its parent,
// and tells it: see `Herd` in herd.test.mjs. Each client joins one conversation, and after a loss joins it again with
// `afterRev`, at once and at another address.

import { io } from 'socket.io-client';

const ANSWER = 10_000;
const clients = [];
let urls = [];

class Member {
  attempts = 0;
  resumedAt = null;
  rev = 0;
  lastError = null;

  constructor({ token, conversationId }, index) {
    Object.assign(this, { token, conversationId, index });
  }

  connect() {
    this.attempts += 1;
    this.resumedAt = null;
    const socket = io(urls[0], { transports: ['websocket'], reconnection: false, forceNew: true, timeout: ANSWER, auth: { token: this.token } });
    this.socket = socket;
    let ended = false;
    const lost = (why) => {
      if (ended) return;
      ended = true;
      this.lastError = why;
      socket.removeAllListeners();
      socket.disconnect();
      this.resumedAt = null;
      // At once where it was connected; who was turned away waits a little.
      setTimeout(() => this.connect(), why === 'transport close' || why === 'transport error' ? 0 : 200 + Math.random() * 800);
    };
    socket.on('connect_error', (error) => lost(error.message));
    socket.on('disconnect', lost);
    socket.on('new:message', ({ message }) => { this.rev = Math.max(this.rev, message.rev); });
    socket.once('session:ready', async () => {
      const ack = await socket.timeout(ANSWER).emitWithAck('join:conversation', { conversationId: this.conversationId, afterRev: this.rev })
        .catch((error) => ({ success: false, error: error.message }));
      if (ended) return;
      if (!ack.success) return lost(`join: ${ack.error}`);
      this.rev = ack.rev;
      this.resumedAt = Date.now();
    });
  }
}

/** `{resumed, last, attempts, errors}`: how many are there, when the last one came, and what was said to those who are not. */
function report() {
  const there = clients.filter(({ resumedAt }) => resumedAt);
  const errors = {};
  for (const { resumedAt, lastError } of clients) if (!resumedAt) errors[lastError] = (errors[lastError] ?? 0) + 1;
  return { resumed: there.length, last: Math.max(0, ...there.map(({ resumedAt }) => resumedAt)), attempts: clients.reduce((sum, each) => sum + each.attempts, 0), errors };
}

const orders = {
  /** Connects them all, some at a time: `members` are `{token, conversationId}`. */
  async start({ members, url }) {
    urls = [url];
    for (const each of members) {
      const client = new Member(each, clients.length);
      clients.push(client);
      client.connect();
      while (clients.length - report().resumed > 50) await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  },
  /** Where they go after their next loss. */
  next({ url }) { urls = [url]; },
  report,
};

process.on('message', async ({ id, order, ...rest }) => process.send({ id, answer: await orders[order](rest) }));
process.on('disconnect', () => process.exit(0));
