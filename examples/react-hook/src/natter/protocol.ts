// What goes over the wire in the colon dialect, as far as this client uses it.

export interface Author {
  _id: string;
  name: string;
  profileImage: string | null;
}

export interface Profile extends Author {
  username: string;
}

export type Status = 'sent' | 'delivered' | 'read';

export interface Message {
  _id: string;
  conversationId: string;
  senderId: Author;
  text: string | null;
  media: { url: string; type: 'image' | 'video' | 'file'; filename: string | null; size: number | null }[];
  messageType: string;
  status: Status;
  replyTo: { _id: string; text: string | null; senderId: Author } | null;
  reactions: { emoji: string; userIds: string[] }[];
  /** Its place in the conversation: 1, 2, 3, … */
  seq: number;
  /** The conversation's change that this message was last changed by. */
  rev: number;
  clientMessageId: string | null;
  editedAt: string | null;
  createdAt: string;
  updatedAt: string;
  deleted?: true;
}

export interface ConversationSummary {
  _id: string;
  type: 'direct' | 'group';
  name: string | null;
  participants: Profile[];
  lastMessage: { content: string | null; sender: string; timestamp: string; messageType: string } | null;
  unreadCount: number;
  updatedAt: string;
}

export type Presence = 'online' | 'offline';

/** Events from the server. */
export interface ServerEvents {
  'session:ready': (event: { userId: string; socketId: string; serverTime: string; expiresAt: string }) => void;
  'session:expiring': (event: { expiresAt: string }) => void;
  'session:expired': (event: { code: 'TOKEN_EXPIRED' | 'SESSION_REVOKED' | 'USER_NOT_FOUND' }) => void;
  'new:message': (event: { message: Message }) => void;
  'message:updated': (event: { message: Message }) => void;
  'message:deleted': (event: { messageId: string; conversationId: string; rev: number }) => void;
  'message:delivered': (event: { messageId: string; conversationId: string }) => void;
  'messages:read': (event: { messageIds: string[]; conversationId: string; readBy: string; readAt: string }) => void;
  'typing:start': (event: { userId: string; conversationId: string }) => void;
  'typing:stop': (event: { userId: string; conversationId: string }) => void;
  'user:online': (event: { userId: string }) => void;
  'user:offline': (event: { userId: string; lastSeen: string }) => void;
  'conversation:new': (event: { conversation: ConversationSummary }) => void;
  /** May carry only what changed. */
  'conversation:updated': (event: { conversation: Partial<ConversationSummary> & { _id: string } }) => void;
  'conversation:removed': (event: { conversationId: string }) => void;
}

/** Events to the server: `[payload, what its ack has beside success]`. */
export interface Requests {
  'session:refresh': [{ token: string }, { expiresAt: string }];
  'join:conversation': [{ conversationId: string; afterRev?: number }, { rev: number; lastSeq: number }];
  'leave:conversation': [{ conversationId: string }, object];
  'send:message': [
    { conversationId: string; text: string; messageType: 'text'; clientMessageId: string },
    { messageId: string; message: Message },
  ];
  'message:read': [{ conversationId: string; messageIds: string[] }, object];
  'typing:start': [{ conversationId: string }, object];
  'typing:stop': [{ conversationId: string }, object];
  'presence:get': [{ userIds: string[] }, { users: { userId: string; status: Presence; lastSeen: string | null }[] }];
  sync: [
    { cursors: { conversationId: string; rev: number }[]; limit?: number },
    { conversations: { conversationId: string; changes: Message[]; rev: number; hasMore: boolean }[]; removed: string[] },
  ];
}

/** A request that failed. `code` is the server's, or OFFLINE, TIMEOUT or SIGNED_OUT. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status = 0,
  ) {
    super(message);
  }

  /** What came of it is unknown, or it may go well later: the same request may be made again. */
  get temporary(): boolean {
    return ['OFFLINE', 'TIMEOUT', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNAUTHENTICATED', 'RESYNC'].includes(this.code);
  }
}
