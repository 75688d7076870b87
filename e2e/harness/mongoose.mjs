// The database of another server: what Mongoose makes of users, conversations and messages.

import { ObjectId } from 'mongodb';

/** The password of everybody there, and a hash of it as bcryptjs makes them. */
export const OLD_PASSWORD = 'correct horse battery';
const BCRYPT = '$2b$10$twFOJ5z503nzQMVmFjthl.oIQnfQqXnOYywV58Slk4FkuwKfdz0KW';

const START = Date.parse('2024-03-01T09:00:00.000Z');
/** A time so many minutes after the old server began. */
export const minute = (n) => new Date(START + n * 60_000);
/** The id of the `n`th thing of a sort; ids of a sort follow each other. */
export const oid = (sort, n) => new ObjectId(`65e1a0${sort.toString(16).padStart(2, '0')}${n.toString(16).padStart(16, '0')}`);

const base = (_id, at) => ({ _id, createdAt: at, updatedAt: at, __v: 0 });
export const oldUser = (n, more = {}) => ({
  ...base(oid(1, n), minute(n)), username: `user${n}`, name: `User ${n}`, email: `User${n}@Example.org`, password: BCRYPT,
  profileImage: `https://old.example/uploads/${n}.png`, ...more,
});
export const oldDirect = (n, participants, more = {}) => ({ ...base(oid(2, n), minute(n)), type: 'direct', participants: participants.map((p) => oid(1, p)), ...more });
export const oldGroup = (n, participants, more = {}) => ({
  ...base(oid(2, n), minute(n)), isGroup: true, groupName: `Group ${n}`, admins: [oid(1, participants[0])], groupImage: `/uploads/group${n}.png`,
  participants: participants.map((p) => oid(1, p)), ...more,
});
/** A message of the colon dialect's servers. */
export const oldMessage = (n, conversation, sender, more = {}) => ({
  ...base(oid(3, n), minute(100 + n)), conversationId: oid(2, conversation), senderId: oid(1, sender), text: `message ${n}`,
  messageType: 'text', status: 'read', ...more,
});
/** A message of the snake dialect's servers. */
export const oldSnakeMessage = (n, conversation, sender, more = {}) => ({
  ...base(oid(3, n), minute(100 + n)), conversation: oid(2, conversation), sender: oid(1, sender), content: `message ${n}`,
  messageType: 'text', readBy: [], ...more,
});
