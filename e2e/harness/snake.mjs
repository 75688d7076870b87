// The snake dialect's sockets, and what its tests say again and again (contract, section 4).

import assert from 'node:assert/strict';

import { groupId, people } from './people.mjs';

/** A socket of the snake dialect that has its `session_ready`. */
export const snake = (user, { auth, ...options } = {}) => user.connect({ ...options, auth: { dialect: 'snake', ...auth } });

/** A socket of the snake dialect that has joined the group. */
export async function visit(user, group, options) {
  const client = await snake(user, options);
  await client.must('join_group', group);
  return client;
}

/** Sends a text to somebody and returns the stored message. */
export const write = async (socket, to, content, more = {}) =>
  (await socket.must('send_direct_message', { recipientId: to.id, content, ...more })).message;

/** Sends a text to a group and returns the stored message. */
export const writeGroup = async (socket, conversationId, content, more = {}) =>
  (await socket.must('send_group_message', { conversationId, content, ...more })).message;

/** `count` users in a group `id`, and a joined socket of each; the first is its admin. */
export async function snakeCrowd(server, count) {
  const members = await people(server, count);
  const id = await groupId(members);
  const sockets = [];
  for (const each of members) sockets.push(await visit(each, id));
  return { members, id, sockets };
}

/** Asserts that an event is refused by its ack alone: no `error` event comes, since an ack was passed. */
export async function refusedByAck(client, event, payload, code, error) {
  const from = client.mark();
  const ack = await client.emit(event, payload);
  const told = `${event} ${JSON.stringify(payload)?.slice(0, 300)} answered ${JSON.stringify(ack)?.slice(0, 300)}`;
  if (error instanceof RegExp) assert.match(ack.error, error, told);
  else assert.equal(ack.error, error, told);
  assert.deepEqual(ack, { success: false, error: ack.error, code }, told);
  // Answers to one socket come in order: an `error` would have come before the next one's ack.
  await client.must('get_presence', { userIds: [] });
  client.none('error', undefined, from);
}

/** Every event that either dialect's table lists for the server, by dialect. */
export const VOCABULARY = {
  colon: ['new:message', 'message:sent', 'message:delivered', 'messages:read', 'typing:start', 'typing:stop', 'user:online', 'user:offline',
    'message:updated', 'message:deleted', 'conversation:new', 'conversation:updated', 'conversation:removed', 'group:photo:updated', 'group:photo:removed',
    'group:member:joined', 'group:member:left', 'error', 'session:ready', 'session:expiring', 'session:expired'],
  snake: ['new_message', 'new_group_message', 'message_delivered', 'message_read', 'user_joined_group', 'user_left_group', 'user_typing',
    'user_stopped_typing', 'user_online', 'user_offline', 'user_status_changed', 'message_updated', 'message_deleted', 'conversation_new',
    'conversation_updated', 'conversation_removed', 'group_photo_updated', 'group_photo_removed', 'error', 'session_ready', 'session_expiring',
    'session_expired'],
};

/** Asserts that a socket has heard nothing of the other vocabulary. */
export function speaksOnly(client, dialect) {
  const strange = client.log.map(({ event }) => event).filter((event) => !VOCABULARY[dialect].includes(event));
  assert.deepEqual(strange, [], `a ${dialect} socket heard`);
}
