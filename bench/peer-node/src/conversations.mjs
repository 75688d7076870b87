// Making conversations, and who may be in them.

import mongoose from 'mongoose';

import { Failure } from './failure.mjs';
import { Conversation, User } from './models.mjs';

const MOST_MEMBERS = 1000;

async function someUsers(ids) {
  if (!ids.every((id) => mongoose.isObjectIdOrHexString(id)) || (await User.countDocuments({ _id: { $in: ids } })) !== ids.length) {
    throw new Failure('NOT_FOUND', 'User not found');
  }
}

async function openDirect(userId, otherId) {
  if (userId === otherId) throw new Failure('VALIDATION', 'Cannot create a conversation with yourself');
  await someUsers([otherId]);
  const pair = [userId, otherId].sort().join(':');
  const { value, lastErrorObject } = await Conversation.findOneAndUpdate(
    { pair },
    { $setOnInsert: { type: 'direct', participants: [userId, otherId] } },
    { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true, includeResultMetadata: true, lean: true },
  );
  return { conversation: value, created: !lastErrorObject.updatedExisting };
}

async function createGroup(userId, name, ids) {
  const participants = [...new Set([userId, ...ids])];
  if (participants.length < 2 || participants.length > MOST_MEMBERS) {
    throw new Failure('VALIDATION', `Invalid payload: participantIds: 2 to ${MOST_MEMBERS} members`);
  }
  await someUsers(participants);
  return { conversation: (await Conversation.create({ type: 'group', name, participants, admin: userId })).toObject(), created: true };
}

export async function createConversation(userId, { type, participantId, name, participantIds } = {}) {
  if (type === 'direct') return openDirect(userId, participantId);
  if (type === 'group' && typeof name === 'string' && Array.isArray(participantIds)) return createGroup(userId, name, participantIds);
  throw new Failure('VALIDATION', 'Invalid payload: type: must be direct or group');
}

/** Fails as the contract says where somebody has no place in a conversation. */
export async function refuse(conversationId, notAuthorized) {
  const exists = mongoose.isObjectIdOrHexString(conversationId) && (await Conversation.exists({ _id: conversationId }));
  throw exists ? new Failure('FORBIDDEN', notAuthorized) : new Failure('NOT_FOUND', 'Conversation not found');
}
