//! Conversations and who takes part in them.

use std::sync::Arc;

use crate::id::{ConversationId, UserId};
use crate::message::{Head, MessageKind};
use crate::time::Timestamp;
use crate::user::UserRef;

/// Most members of a group.
pub const MAX_MEMBERS: usize = 1_000;
/// Members of a group past which a new message no longer updates everyone's list of conversations.
pub const MAX_MEMBERS_FOR_ACTIVITY: usize = 100;

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConversationKind {
    /// Of two people; one a pair.
    Direct,
    /// Of up to [`MAX_MEMBERS`], with a name and admins.
    Group,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, in a group.
    Admin,
    /// Read and write.
    Member,
}

/// Somebody in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Since when; the longest-standing one takes over from the last admin.
    pub joined_at: Timestamp,
}

/// A conversation as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// What sort.
    pub kind: ConversationKind,
    /// Groups have one.
    pub name: Option<String>,
    /// URL of the group's picture.
    pub photo: Option<String>,
    /// In the order in which they joined.
    pub participants: Vec<Participant>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name, photo, participants or roles last changed.
    pub updated_at: Timestamp,
}

impl Conversation {
    /// The participant that this user is.
    pub fn participant(&self, user: UserId) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.user == user)
    }

    /// Whether this user takes part.
    pub fn has(&self, user: UserId) -> bool {
        self.participant(user).is_some()
    }

    /// Whether this user is an admin of the group.
    pub fn is_admin(&self, user: UserId) -> bool {
        self.kind == ConversationKind::Group
            && self.participant(user).is_some_and(|participant| participant.role == Role::Admin)
    }

    /// The others.
    pub fn others(&self, user: UserId) -> impl Iterator<Item = UserId> + '_ {
        self.participants.iter().map(|participant| participant.user).filter(move |other| *other != user)
    }

    /// The other one of a direct conversation.
    pub fn partner(&self, user: UserId) -> Option<UserId> {
        (self.kind == ConversationKind::Direct).then(|| self.others(user).next()).flatten()
    }
}

/// The latest message, for lists of conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMessage {
    /// Its text.
    pub content: Option<String>,
    /// Whose.
    pub sender: Arc<UserRef>,
    /// When it was stored.
    pub at: Timestamp,
    /// What it mainly is.
    pub kind: MessageKind,
}

/// A participant with their name and picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: Arc<UserRef>,
    /// What they may do.
    pub role: Role,
}

/// A conversation as one participant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    /// As stored.
    pub conversation: Arc<Conversation>,
    /// Its participants, in the same order.
    pub members: Arc<Vec<Member>>,
    /// Its end.
    pub head: Head,
    /// Its latest message.
    pub last_message: Option<LastMessage>,
    /// Others' messages that the viewer has not read, without deleted ones.
    pub unread: u64,
    /// The later of the conversation's own change and its latest message.
    pub updated_at: Timestamp,
}
