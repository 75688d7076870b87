// Storing messages, and reading what somebody has missed.

import mongoose from 'mongoose';

import { refuse } from './conversations.mjs';
import { Failure } from './failure.mjs';
import { Conversation, Message, User, isDuplicate } from './models.mjs';

export const MOST_MISSED = 300;
const LONGEST = 10_000;

/** A stored message as clients see it. */
function shown(message, sender) {
  return {
    _id: message._id,
    conversationId: message.conversationId,
    senderId: { _id: sender._id, name: sender.name, profileImage: sender.profileImage },
    text: message.text,
    media: [],
    messageType: message.messageType,
    status: 'sent',
    replyTo: null,
    reactions: [],
    seq: message.seq,
    rev: message.rev,
    clientMessageId: message.clientMessageId,
    editedAt: null,
    createdAt: message.createdAt,
    updatedAt: message.updatedAt,
  };
}

/**
 * Stores a message: takes the conversation's next number where the sender is in it, then inserts.
 * Returns `{message, isNew}`; a second send under one clientMessageId stores nothing.
 */
export async function sendMessage(sender, { conversationId, text, clientMessageId } = {}) {
  if (!mongoose.isObjectIdOrHexString(conversationId)) throw new Failure('NOT_FOUND', 'Conversation not found');
  if (typeof text !== 'string' || text.trim() === '') throw new Failure('VALIDATION', 'Message text or media is required');
  if (text.length > LONGEST) throw new Failure('VALIDATION', 'Message is too long');
  const lastMessage = { content: text, sender: sender._id, timestamp: new Date(), messageType: 'text' };
  const numbered = await Conversation.findOneAndUpdate(
    { _id: conversationId, participants: sender._id },
    { $inc: { lastSeq: 1, rev: 1 }, $set: { lastMessage } },
    { returnDocument: 'after', projection: { lastSeq: 1, rev: 1 }, lean: true },
  );
  if (!numbered) await refuse(conversationId, 'Not authorized to send message');
  try {
    const message = await Message.create({
      conversationId, senderId: sender._id, text, seq: numbered.lastSeq, rev: numbered.rev, clientMessageId,
    });
    return { message: shown(message, sender), isNew: true };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const message = await Message.findOne({ conversationId, senderId: sender._id, clientMessageId }).lean();
    if (!message) throw error;
    return { message: shown(message, sender), isNew: false };
  }
}

/** The conversation's numbers as they are now; fails for who is not in it. */
export async function head(userId, conversationId) {
  const found = mongoose.isObjectIdOrHexString(conversationId)
    && (await Conversation.findOne({ _id: conversationId, participants: userId }, { rev: 1, lastSeq: 1 }).lean());
  if (!found) await refuse(conversationId, 'Not authorized to join this conversation');
  return { rev: found.rev, lastSeq: found.lastSeq };
}

/** What changed after `rev`, oldest first; `null` where that is too much. */
export async function missed(conversationId, rev) {
  const messages = await Message.find({ conversationId, rev: { $gt: rev } }).sort({ rev: 1 }).limit(MOST_MISSED + 1).lean();
  if (messages.length > MOST_MISSED) return null;
  const senders = await User.find({ _id: { $in: [...new Set(messages.map(({ senderId }) => String(senderId)))] } }, { name: 1, profileImage: 1 }).lean();
  const byId = new Map(senders.map((sender) => [String(sender._id), sender]));
  return messages.map((message) => shown(message, byId.get(String(message.senderId))));
}
