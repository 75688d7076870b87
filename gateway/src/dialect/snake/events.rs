//! The dialect's events: their names, what they carry, and what they come to.

use super::asks::{EditMessage, Group, SendDirect, SendToGroup, Visit};
use super::wire::{self, Message};
use crate::dialect::asked::{GetPresence, InConversation, OfMessage, React, RefreshSession, SyncRequest};
use crate::dialect::wire::{
    Changed, Deleted, Delivered, Done, Expired, Expiring, GoneConversation, Joined, Listed, PhotoRemoved,
    PhotoUpdated, Presences, Ready, Refreshed, Synced, Updated,
};
use crate::dialect::{Destination, Entry, Request};

client_events! {
    /// Sends a message to somebody, in the one conversation with them, which is made if need be.
    "send_direct_message" => SendDirect, SendDirect => wire::SentDirect,
        [UserNotFound, WithYourself, BlockedByYou, BlockedYou, EmptyMessage, TooLong, ReplyNotFound],
        |send| Request::Send { to: Destination::Person(send.recipient), draft: send.content.into() };

    /// Sends a message to a group.
    "send_group_message" => Send, SendToGroup => wire::OneMessage, [NotParticipant, EmptyMessage, TooLong, ReplyNotFound],
        |send| Request::Send { to: Destination::Group(send.conversation), draft: send.content.into() };

    /// Marks a message of somebody else's as read.
    "mark_as_read" => MarkRead, OfMessage => Done, [MessageNotFound, NotParticipant],
        |read| Request::MarkMessageRead { message: read.message };

    /// Joins a group. With `afterRev`, what changed after it comes first, as ordinary events in order; at most 300
    /// changes.
    "join_group" => Join, Visit => Joined, [NotParticipant, Resync],
        |join| Request::Join(Entry { conversation: join.group, after_rev: join.after_rev, visits: true });

    /// Leaves a group's room.
    "leave_group" => Leave, Group => Done, [],
        |leave| Request::EndVisit { group: leave.0 };

    /// Tells the others that the user types; for 6 s, where it is not said again.
    "typing_start" => Typing, InConversation => Done, [NotParticipant],
        |typing| Request::Typing { conversation: typing.conversation, typing: true };

    /// Tells the others that the user types no longer.
    "typing_stop" => Typing, InConversation => Done, [NotParticipant],
        |typing| Request::Typing { conversation: typing.conversation, typing: false };

    /// Changes the text of one's own text message.
    "edit_message" => Edit, EditMessage => Changed<Message>,
        [MessageNotFound, NotSender, MessageDeleted, NotEditable, BlockedByYou, BlockedYou, EmptyMessage, TooLong],
        |edit| Request::Edit { message: edit.message, text: edit.new.0 };

    /// Deletes one's own message, or any of a group that one is an admin of.
    "delete_message" => Delete, OfMessage => Changed<Message>, [MessageNotFound, NotSender],
        |delete| Request::Delete { message: delete.message };

    /// Sets an emoji to a message, or takes it back.
    "react_message" => React, React => Changed<Message>, [MessageNotFound, MessageDeleted, BlockedByYou, BlockedYou],
        |react| Request::React { message: react.message, emoji: react.emoji, remove: react.remove };

    /// Asks who is online.
    "get_presence" => GetPresence, GetPresence => Presences, [],
        |get| Request::GetPresence { users: get.users };

    /// Asks for every message that was created or changed after a cursor.
    "sync" => Sync, SyncRequest => Synced<Message>, [],
        |sync| Request::Sync { cursors: sync.cursors, limit: sync.limit.0 };

    /// Goes on under a new token.
    "session_refresh" => RefreshSession, RefreshSession => Refreshed, [Unauthenticated, SessionRevoked, UserNotFound],
        |refresh| Request::RefreshSession { token: refresh.token };
}

server_events! {
    /// The first event of a connection: every later one will reach it.
    SESSION_READY = "session_ready": Ready;
    /// The token is about to expire.
    SESSION_EXPIRING = "session_expiring": Expiring;
    /// The session has ended; the server disconnects.
    SESSION_EXPIRED = "session_expired": Expired;
    /// A direct message: to all sockets of the recipient, and the sender's other sockets.
    NEW_MESSAGE = "new_message": wire::NewMessage;
    /// To everyone who joined the group, the sender included.
    NEW_GROUP_MESSAGE = "new_group_message": wire::NewMessage;
    /// To the sender's sockets, when the first recipient is reached.
    MESSAGE_DELIVERED = "message_delivered": Delivered;
    /// To the sender's sockets, one a message.
    MESSAGE_READ = "message_read": wire::MessageRead;
    /// To the others who joined, at each `join_group`.
    USER_JOINED_GROUP = "user_joined_group": wire::Somebody;
    /// To the others who joined, at each `leave_group`.
    USER_LEFT_GROUP = "user_left_group": wire::Somebody;
    /// To the others; in direct conversations to the other one's sockets.
    USER_TYPING = "user_typing": wire::Somebody;
    /// To the others; in direct conversations to the other one's sockets.
    USER_STOPPED_TYPING = "user_stopped_typing": wire::StoppedTyping;
    /// To users who share a conversation with them.
    USER_ONLINE = "user_online": wire::Online;
    /// To users who share a conversation with them.
    USER_OFFLINE = "user_offline": wire::Offline;
    /// To users who share a conversation with them, beside the two above.
    USER_STATUS_CHANGED = "user_status_changed": wire::StatusChanged;
    /// To the room, or all sockets of both users of a direct conversation: an edit, or a reaction.
    MESSAGE_UPDATED = "message_updated": wire::OneMessage;
    /// To the room, or all sockets of both users of a direct conversation.
    MESSAGE_DELETED = "message_deleted": Deleted;
    /// To each participant's sockets, joined or not.
    CONVERSATION_NEW = "conversation_new": Listed<wire::LastMessage>;
    /// To each participant's sockets: its name, participants or roles changed. For a new message in a group, to those
    /// that have not joined, at most once a second, and not in groups of over 100.
    CONVERSATION_UPDATED = "conversation_updated": Updated<wire::LastMessage>;
    /// To a user's sockets: deleted, or taken out of.
    CONVERSATION_REMOVED = "conversation_removed": GoneConversation;
    /// To the room.
    PHOTO_UPDATED = "group_photo_updated": PhotoUpdated;
    /// To the room.
    PHOTO_REMOVED = "group_photo_removed": PhotoRemoved;
}
