// Sockets: who they are, what they may ask for, and who is told.

import { createAdapter } from '@socket.io/redis-adapter';
import { Server } from 'socket.io';

import { claims } from './accounts.mjs';
import { Failure, told } from './failure.mjs';
import { MOST_MISSED, head, missed, sendMessage } from './messages.mjs';
import { User } from './models.mjs';

const room = (conversationId) => `conversation:${conversationId}`;

async function authenticate(socket, next) {
  const { token } = socket.handshake.auth;
  if (!token) return next(new Error('Authentication error: Token required'));
  let claim;
  try {
    claim = claims(token);
  } catch {
    return next(new Error('Authentication error: Invalid token'));
  }
  try {
    const user = await User.findById(claim.sub, { name: 1, profileImage: 1 }).lean();
    if (!user) return next(new Error('Authentication error: User not found'));
    socket.data.user = user;
    socket.data.expiresAt = new Date(claim.exp * 1000);
    return next();
  } catch (error) {
    console.error(error);
    return next(new Error('Service unavailable'));
  }
}

/** Answers one event: an ack where the client wants one, and an `error` event on failure. */
const answering = (socket, event, otherwise, work) => async (payload, ack) => {
  let answer;
  try {
    if (payload === null || typeof payload !== 'object') throw new Failure('VALIDATION', 'Invalid payload: payload: must be an object');
    answer = { success: true, ...(await work(payload)) };
  } catch (error) {
    answer = told(error, otherwise);
    socket.emit('error', { message: answer.error, code: answer.code, event });
  }
  if (typeof ack === 'function') ack(answer);
};

export function serveSockets(server, publisher, subscriber) {
  const io = new Server(server, {
    adapter: createAdapter(publisher, subscriber),
    pingInterval: 15_000,
    pingTimeout: 10_000,
    maxHttpBufferSize: 64 * 1024,
    serveClient: false,
  });
  io.use(authenticate);
  io.on('connection', (socket) => {
    const { user, expiresAt } = socket.data;
    const userId = String(user._id);
    socket.on('join:conversation', answering(socket, 'join:conversation', 'Failed to join conversation', async ({ conversationId, afterRev }) => {
      await head(userId, conversationId);
      // Joined before reading: nothing falls in between, though something may come twice.
      await socket.join(room(conversationId));
      if (Number.isInteger(afterRev)) {
        const changes = await missed(conversationId, afterRev);
        if (!changes) {
          await socket.leave(room(conversationId));
          throw new Failure('RESYNC', `More than ${MOST_MISSED} changes`);
        }
        for (const message of changes) socket.emit('new:message', { message });
      }
      return head(userId, conversationId);
    }));
    socket.on('leave:conversation', answering(socket, 'leave:conversation', 'Failed to leave conversation', async ({ conversationId }) => {
      await socket.leave(room(conversationId));
    }));
    socket.on('send:message', answering(socket, 'send:message', 'Failed to send message', async (payload) => {
      const { message, isNew } = await sendMessage(user, payload);
      const { _id: messageId, conversationId, clientMessageId, seq, rev, status, createdAt } = message;
      if (isNew) io.to(room(conversationId)).emit('new:message', { message });
      socket.emit('message:sent', { messageId, conversationId, clientMessageId, seq, createdAt });
      return { messageId, clientMessageId, seq, rev, status, createdAt, message };
    }));
    // Not volatile: that would drop strokes for every client that is still being written to.
    socket.on('strokePoint', (payload, ack) => {
      const target = room(payload?.roomId);
      if (!socket.rooms.has(target)) {
        socket.emit('error', { message: 'Not authorized', code: 'FORBIDDEN', event: 'strokePoint' });
        if (typeof ack === 'function') ack({ success: false, error: 'Not authorized', code: 'FORBIDDEN' });
        return;
      }
      socket.to(target).emit('strokePoint', { ...payload, userId });
      if (typeof ack === 'function') ack({ success: true });
    });
    socket.join(`user:${userId}`);
    socket.emit('session:ready', { userId, socketId: socket.id, serverTime: new Date(), expiresAt });
  });
  return io;
}
