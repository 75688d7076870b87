// The two vocabularies, as far as the load speaks them: what to send, and what an event of the server's tells.

const created = (conversationId, message) => ({
  kind: message.deleted ? 'deleted' : 'created', conversationId, id: message._id, rev: message.rev, seq: message.seq,
});
const updated = ({ message }) => ({ ...created(message.conversationId, message), kind: 'updated' });
const deleted = ({ conversationId, messageId, rev }) => ({ kind: 'deleted', conversationId, id: messageId, rev });

export const COLON = {
  name: 'colon',
  ready: 'session:ready',
  online: 'user:online',
  offline: 'user:offline',
  /** Direct conversations are joined like any other. */
  joins: () => true,
  join: (conversation, afterRev) => ['join:conversation', { conversationId: conversation.id, afterRev }],
  send: (conversation, _me, text, clientMessageId) => ['send:message', { conversationId: conversation.id, text, clientMessageId }],
  edit: (messageId, text) => ['message:edit', { messageId, text }],
  remove: (messageId) => ['message:delete', { messageId }],
  react: (messageId, emoji) => ['message:react', { messageId, emoji }],
  presence: 'presence:get',
  text: (message) => message.text,
  /** A change in a conversation, by the event that tells it. */
  changes: {
    'new:message': ({ message }) => created(message.conversationId, message),
    'message:updated': updated,
    'message:deleted': deleted,
  },
};

export const SNAKE = {
  name: 'snake',
  ready: 'session_ready',
  online: 'user_online',
  offline: 'user_offline',
  joins: (conversation) => conversation.type === 'group',
  join: (conversation, afterRev) => ['join_group', { conversationId: conversation.id, afterRev }],
  send: (conversation, me, content, clientMessageId) => (conversation.type === 'group'
    ? ['send_group_message', { conversationId: conversation.id, content, clientMessageId }]
    : ['send_direct_message', { recipientId: conversation.members.find((each) => each !== me), content, clientMessageId }]),
  edit: (messageId, content) => ['edit_message', { messageId, content }],
  remove: (messageId) => ['delete_message', { messageId }],
  react: (messageId, emoji) => ['react_message', { messageId, emoji }],
  presence: 'get_presence',
  text: (message) => message.content,
  changes: {
    new_message: ({ conversationId, message }) => created(conversationId, message),
    new_group_message: ({ conversationId, message }) => created(conversationId, message),
    message_updated: updated,
    message_deleted: deleted,
  },
};
