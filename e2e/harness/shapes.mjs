// Shapes that many tests compare with (contract, sections 3 and 7).

/** ISO 8601 in UTC with milliseconds. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** An object's keys, sorted. */
export const keys = (value) => Object.keys(value).sort();

/** The keys of a message in the colon dialect; a deleted one has `deleted` too. */
export const MESSAGE_KEYS = ['_id', 'clientMessageId', 'conversationId', 'createdAt', 'editedAt', 'media', 'messageType', 'reactions',
  'replyTo', 'rev', 'senderId', 'seq', 'status', 'text', 'updatedAt'];

/** The keys of a message in the snake dialect; a deleted one has `deleted` too. */
export const SNAKE_MESSAGE_KEYS = ['_id', 'clientMessageId', 'content', 'conversationId', 'createdAt', 'file', 'messageType', 'reactions', 'readBy',
  'replyTo', 'rev', 'sender', 'seq', 'status', 'updatedAt'];

/** The keys of a conversation in a list. */
export const CONVERSATION_KEYS = ['_id', 'admin', 'createdAt', 'groupImage', 'lastMessage', 'lastSeq', 'name', 'participants', 'rev',
  'type', 'unreadCount', 'updatedAt'];

/** Matches the events whose message has this id. */
export const byId = (id) => (payload) => payload.message._id === id;
