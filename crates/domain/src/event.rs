//! What has happened, as it is told to every gateway that has somebody to tell.
//!
//! Events may get lost, doubled or late. Those of a timeline carry `rev`, by which a gateway puts
//! them in order and notices that one is missing; the others are hints that a later look repairs.

use std::sync::Arc;

use crate::conversation::{ConversationKind, ConversationView, LastMessage};
use crate::id::{ConversationId, MessageId, UserId};
use crate::message::{Change, Head};
use crate::receipt::ReadReceipt;
use crate::session::Revocation;
use crate::time::Timestamp;
use crate::user::UserRef;

/// Where an event is published and subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What everybody in a conversation's room sees. Carries [`ConversationEvent`]s.
    Conversation(ConversationId),
    /// What one user's sockets see, joined or not. Carries [`UserEvent`]s.
    User(UserId),
    /// What happens in one user's direct conversations, for those of their sockets that need not join
    /// them. Carries [`UserEvent::Direct`]s.
    Directs(UserId),
    /// What every process must know to drop what it has cached. Carries [`DirectoryEvent`]s.
    Directory,
}

/// Any event, by its topic.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// On [`Topic::Conversation`].
    Conversation(ConversationEvent),
    /// On [`Topic::User`].
    User(UserEvent),
    /// On [`Topic::Directory`].
    Directory(DirectoryEvent),
}

/// Something in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum ConversationEvent {
    /// A message is new, other or gone.
    Changed(Arc<Change>),
    /// Where the timeline ends: repeated some seconds after a write, so that the loss of the last
    /// event is noticed.
    Head(Head),
    /// Messages were read.
    Read(ReadReceipt),
    /// Somebody types, or no longer does.
    Typing {
        /// Who.
        user: Arc<UserRef>,
        /// Whether they do.
        typing: bool,
        /// The Socket.IO id of their socket, which is not told.
        socket: String,
    },
    /// Somebody opened the group in a dialect that tells the others of it, or closed it: nothing of
    /// membership.
    Visited {
        /// Who.
        user: Arc<UserRef>,
        /// Whether they came; they went otherwise.
        came: bool,
        /// The Socket.IO id of their socket, which is not told.
        socket: String,
    },
    /// An event that is shared and never stored.
    Relayed {
        /// By whom.
        user: UserId,
        /// The event's name.
        name: String,
        /// Its payload: a JSON object in UTF-8.
        payload: Vec<u8>,
        /// The Socket.IO id of their socket, which is not told.
        socket: String,
    },
    /// A group's picture was set, or removed.
    PhotoChanged {
        /// URL of the new one.
        photo: Option<String>,
        /// By whom.
        by: UserId,
    },
    /// Somebody was added to the group.
    MemberJoined {
        /// Who.
        user: Arc<UserRef>,
        /// By whom.
        by: UserId,
    },
    /// Somebody left the group or was taken out: their sockets leave its room.
    MemberLeft {
        /// Who.
        user: Arc<UserRef>,
        /// By whom; themselves where they left.
        by: UserId,
    },
    /// The conversation is no more: every socket leaves its room.
    Deleted,
}

/// Something for one user.
#[derive(Clone, Debug, PartialEq)]
pub enum UserEvent {
    /// Messages of theirs have each reached their first recipient.
    MessagesDelivered {
        /// Where.
        conversation: ConversationId,
        /// Which; at most [`crate::receipt::IDS_PER_EVENT`].
        messages: Vec<MessageId>,
    },
    /// Messages of theirs were read. Also told to the room, so this is for sockets outside of it.
    MessagesRead(ReadReceipt),
    /// Something in a direct conversation of theirs, for dialects in which those need no join: its
    /// changes, its end, typing, and what is relayed. Its room is told the same.
    Direct {
        /// Which.
        conversation: ConversationId,
        /// What.
        event: Box<ConversationEvent>,
    },
    /// A conversation is new to them.
    ConversationCreated(Box<ConversationView>),
    /// A conversation's name, participants or roles changed.
    ConversationUpdated(Box<ConversationView>),
    /// A conversation has a new message: for sockets outside its room, at most once a second.
    ConversationActivity(ConversationActivity),
    /// A conversation is no longer theirs.
    ConversationRemoved(ConversationId),
    /// Somebody they share a conversation with is online.
    ContactOnline(Arc<UserRef>),
    /// Somebody they share a conversation with is no longer online.
    ContactOffline {
        /// Who.
        user: Arc<UserRef>,
        /// When their last socket went.
        last_seen: Timestamp,
    },
}

/// A conversation's latest state for one participant's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationActivity {
    /// Which.
    pub conversation: ConversationId,
    /// What sort it is.
    pub kind: ConversationKind,
    /// Its latest message.
    pub last_message: LastMessage,
    /// Its end.
    pub head: Head,
    /// The participant's count.
    pub unread: u64,
    /// When the latest message was stored.
    pub updated_at: Timestamp,
}

/// Something that makes cached knowledge wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryEvent {
    /// A conversation's participants, roles, name or photo changed, or it is gone.
    ConversationChanged(ConversationId),
    /// A user takes part in a conversation no longer.
    MemberLeft(ConversationId, UserId),
    /// One of the two has blocked or unblocked the other.
    BlockChanged(UserId, UserId),
    /// A user's name or picture changed.
    UserChanged(UserId),
    /// Sessions have ended: their sockets must go.
    SessionsRevoked(Revocation),
}
