//! The dialect's events: their names, what they carry, and what they come to.

use super::asks::{EditMessage, MarkRead, SendMessage};
use super::wire::{self, Message};
use crate::dialect::asked::{
    GetPresence, InConversation, Join, OfMessage, React, RefreshSession, SyncRequest,
};
use crate::dialect::wire::{
    Changed, Deleted, Delivered, Done, Expired, Expiring, GoneConversation, Joined, Listed, PhotoRemoved,
    PhotoUpdated, Presences, Ready, Refreshed, Synced, Updated,
};
use crate::dialect::{Destination, Entry, Request};

client_events! {
    /// Joins a conversation's room. With `afterRev`, what changed after it comes first, as ordinary events in order;
    /// at most 300 changes.
    "join:conversation" => Join, Join => Joined, [ConversationNotFound, NotParticipant, Resync],
        |join| Request::Join(Entry { conversation: join.conversation, after_rev: join.after_rev, visits: false });

    /// Leaves a conversation's room.
    "leave:conversation" => Leave, InConversation => Done, [],
        |leave| Request::Leave { conversation: leave.conversation };

    /// Sends a message.
    "send:message" => Send, SendMessage => wire::Sent,
        [ConversationNotFound, NotParticipant, BlockedByYou, BlockedYou, AudioNotAllowed, EmptyMessage, TypeMismatch,
            TooLong, ReplyNotFound],
        |send| Request::Send { to: Destination::Conversation(send.conversation), draft: send.content.into() };

    /// Tells the others in the room that the user types; for 6 s, where it is not said again.
    "typing:start" => Typing, InConversation => Done, [NotParticipant],
        |typing| Request::Typing { conversation: typing.conversation, typing: true };

    /// Tells the others in the room that the user types no longer.
    "typing:stop" => Typing, InConversation => Done, [NotParticipant],
        |typing| Request::Typing { conversation: typing.conversation, typing: false };

    /// Marks messages of others as read.
    "message:read" => MarkRead, MarkRead => Done, [ConversationNotFound, NotParticipant],
        |read| Request::MarkRead { conversation: read.conversation, messages: read.messages.0 };

    /// Changes the text of one's own text message.
    "message:edit" => Edit, EditMessage => Changed<Message>,
        [MessageNotFound, NotSender, MessageDeleted, NotEditable, BlockedByYou, BlockedYou, EmptyMessage, TooLong],
        |edit| Request::Edit { message: edit.message, text: edit.new.text };

    /// Deletes one's own message, or any of a group that one is an admin of.
    "message:delete" => Delete, OfMessage => Changed<Message>, [MessageNotFound, NotSender],
        |delete| Request::Delete { message: delete.message };

    /// Sets an emoji to a message, or takes it back.
    "message:react" => React, React => Changed<Message>, [MessageNotFound, MessageDeleted, BlockedByYou, BlockedYou],
        |react| Request::React { message: react.message, emoji: react.emoji, remove: react.remove };

    /// Asks who is online.
    "presence:get" => GetPresence, GetPresence => Presences, [],
        |get| Request::GetPresence { users: get.users };

    /// Asks for every message that was created or changed after a cursor.
    "sync" => Sync, SyncRequest => Synced<Message>, [],
        |sync| Request::Sync { cursors: sync.cursors, limit: sync.limit.0 };

    /// Goes on under a new token.
    "session:refresh" => RefreshSession, RefreshSession => Refreshed, [Unauthenticated, SessionRevoked, UserNotFound],
        |refresh| Request::RefreshSession { token: refresh.token };
}

server_events! {
    /// The first event of a connection: every later one will reach it.
    SESSION_READY = "session:ready": Ready;
    /// The token is about to expire.
    SESSION_EXPIRING = "session:expiring": Expiring;
    /// The session has ended; the server disconnects.
    SESSION_EXPIRED = "session:expired": Expired;
    /// To everyone in the room, the sender included.
    NEW_MESSAGE = "new:message": wire::OneMessage;
    /// To the sending socket, once the message is durable.
    MESSAGE_SENT = "message:sent": wire::MessageSent;
    /// To the sender's sockets, when the first recipient is reached.
    MESSAGE_DELIVERED = "message:delivered": Delivered;
    /// To everyone in the room, and the sockets of the senders concerned.
    MESSAGES_READ = "messages:read": wire::MessagesRead;
    /// To the others in the room.
    TYPING_START = "typing:start": wire::Typing;
    /// To the others in the room.
    TYPING_STOP = "typing:stop": wire::Typing;
    /// To users who share a conversation with them.
    USER_ONLINE = "user:online": wire::Online;
    /// To users who share a conversation with them.
    USER_OFFLINE = "user:offline": wire::Offline;
    /// To the room: an edit, or a reaction.
    MESSAGE_UPDATED = "message:updated": wire::OneMessage;
    /// To the room.
    MESSAGE_DELETED = "message:deleted": Deleted;
    /// To each participant's sockets, joined or not.
    CONVERSATION_NEW = "conversation:new": Listed<wire::LastMessage>;
    /// To each participant's sockets: its name, participants or roles changed. For a new message, to those that have
    /// not joined, at most once a second, and not in groups of over 100.
    CONVERSATION_UPDATED = "conversation:updated": Updated<wire::LastMessage>;
    /// To a user's sockets: deleted, or taken out of.
    CONVERSATION_REMOVED = "conversation:removed": GoneConversation;
    /// To the room.
    PHOTO_UPDATED = "group:photo:updated": PhotoUpdated;
    /// To the room.
    PHOTO_REMOVED = "group:photo:removed": PhotoRemoved;
    /// To the room.
    MEMBER_JOINED = "group:member:joined": wire::Member;
    /// To the room.
    MEMBER_LEFT = "group:member:left": wire::Member;
}
