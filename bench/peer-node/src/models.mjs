// What is stored. Every query of the server has its index.

import mongoose from 'mongoose';

const { Schema } = mongoose;
const { ObjectId } = Schema.Types;

export const User = mongoose.model('User', new Schema({
  username: { type: String, required: true, unique: true },
  email: { type: String, required: true, unique: true },
  name: { type: String, required: true },
  profileImage: { type: String, default: null },
  password: { type: String, required: true, select: false },
}, { timestamps: true, versionKey: false }));

const conversations = new Schema({
  type: { type: String, enum: ['direct', 'group'], required: true },
  name: { type: String, default: null },
  participants: { type: [{ type: ObjectId, ref: 'User' }], required: true },
  // Both ids of a direct conversation, in order: a pair has one.
  pair: { type: String },
  admin: { type: ObjectId, ref: 'User' },
  lastSeq: { type: Number, default: 0 },
  rev: { type: Number, default: 0 },
  lastMessage: { content: String, sender: ObjectId, timestamp: Date, messageType: String },
}, { timestamps: true, versionKey: false });
conversations.index({ participants: 1, updatedAt: -1 });
conversations.index({ pair: 1 }, { unique: true, partialFilterExpression: { pair: { $type: 'string' } } });
export const Conversation = mongoose.model('Conversation', conversations);

const messages = new Schema({
  conversationId: { type: ObjectId, ref: 'Conversation', required: true },
  senderId: { type: ObjectId, ref: 'User', required: true },
  text: { type: String, required: true, maxlength: 10_000 },
  messageType: { type: String, enum: ['text'], default: 'text' },
  seq: { type: Number, required: true },
  rev: { type: Number, required: true },
  clientMessageId: { type: String, default: null },
}, { timestamps: true, versionKey: false });
messages.index({ conversationId: 1, rev: 1 }, { unique: true });
messages.index(
  { conversationId: 1, senderId: 1, clientMessageId: 1 },
  { unique: true, partialFilterExpression: { clientMessageId: { $type: 'string' } } },
);
export const Message = mongoose.model('Message', messages);

/** Connects, and makes the indexes. An acknowledged write is with the majority and in the journal. */
export async function openStore(url) {
  await mongoose.connect(url, { writeConcern: { w: 'majority', j: true }, autoIndex: false });
  await Promise.all([User, Conversation, Message].map((model) => model.createIndexes()));
}

export const closeStore = () => mongoose.disconnect();

/** Whether MongoDB refused a write since a unique index has such a key already. */
export const isDuplicate = (error) => error?.code === 11000;
