//! Commands about messages and timelines.
//!
//! Those about one message name its conversation too where the caller knows it; where not, the
//! worker finds it. Whichever worker takes a command, the order of a timeline is the store's.

use crate::conversation::ConversationKind;
use crate::id::{ConversationId, MessageId, UserId};
use crate::message::{Change, Draft, Head, Message};
use crate::page::PageRequest;
use crate::ports::{Address, Service};

/// See [`super::Command::JoinConversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinConversation {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub conversation: ConversationId,
}

/// The caller may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// What sort of conversation it is.
    pub kind: ConversationKind,
    /// Where its timeline ended when this was answered.
    pub head: Head,
    /// The other one of a direct conversation.
    pub partner: Option<UserId>,
    /// A block stands between the two of a direct conversation: what the caller types is not shown.
    pub muted: bool,
}

/// See [`super::Command::ReadChanges`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadChanges {
    /// Which.
    pub conversation: ConversationId,
    /// Changes after this.
    pub after_rev: u64,
    /// At the most.
    pub limit: u32,
}

/// A part of a timeline: each message that was created or changed, once, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// In order of `rev`.
    pub changes: Vec<Change>,
    /// Everything up to here is in `changes`, or was before it.
    pub rev: u64,
    /// There is more after `rev`.
    pub has_more: bool,
}

/// See [`super::Command::ReadHeads`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadHeads {
    /// Which, at most 500.
    pub conversations: Vec<ConversationId>,
}

/// Where a timeline ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationHead {
    /// Which.
    pub conversation: ConversationId,
    /// Where.
    pub head: Head,
}

/// See [`super::Command::SendMessages`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessages {
    /// Where.
    pub conversation: ConversationId,
    /// Who sends.
    pub sender: UserId,
    /// What, in this order.
    pub messages: Vec<Outgoing>,
    /// Whether the sender's dialect has audio.
    pub audio_allowed: bool,
    /// Whether only a group will do: elsewhere the sender is [`crate::Rejection::NotParticipant`].
    pub group_only: bool,
}

/// A message to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Made by the gateway, so that a retry is the same message.
    pub id: MessageId,
    /// What is in it.
    pub draft: Draft,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// As it is now; of an earlier send, where the sender named both the same.
    pub message: Message,
    /// Whether it was stored before.
    pub repeated: bool,
}

/// See [`super::Command::EditMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub message: MessageId,
    /// The new one.
    pub text: String,
}

/// See [`super::Command::DeleteMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMessage {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub message: MessageId,
}

/// See [`super::Command::ReactToMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactToMessage {
    /// Who asks.
    pub user: UserId,
    /// To which.
    pub message: MessageId,
    /// 1 to 16 code points, no white space or control characters.
    pub emoji: String,
    /// Take it back.
    pub remove: bool,
}

/// See [`super::Command::GetMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMessage {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub message: MessageId,
}

/// Which part of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The newest.
    Latest,
    /// Before this `seq`, newest first.
    Before(u64),
    /// After this `seq`, oldest first.
    After(u64),
    /// This `seq` with as many on either side, oldest first.
    Around(u64),
}

impl Window {
    /// The opaque cursor of the page that this window is; none for a page that nothing precedes.
    pub fn to_cursor(self) -> Option<String> {
        match self {
            Self::Before(seq) => Some(format!("b{seq}")),
            Self::After(seq) => Some(format!("a{seq}")),
            Self::Latest | Self::Around(_) => None,
        }
    }

    /// The window of a cursor; `None` if it is none of ours.
    pub fn from_cursor(cursor: &str) -> Option<Self> {
        let (way, seq) = cursor.split_at_checked(1)?;
        let seq = seq.parse().ok()?;
        match way {
            "b" => Some(Self::Before(seq)),
            "a" => Some(Self::After(seq)),
            _ => None,
        }
    }
}

/// See [`super::Command::ListMessages`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMessages {
    /// Who asks.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
    /// Which part.
    pub window: Window,
    /// At the most, 1 to 100.
    pub limit: u32,
}

/// See [`super::Command::SearchMessages`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchMessages {
    /// Who asks.
    pub user: UserId,
    /// Words, all of which are in the text; the last one may be a beginning.
    pub query: String,
    /// Only here.
    pub conversation: Option<ConversationId>,
    /// Which page.
    pub page: PageRequest,
}

/// How far a client knows a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncCursor {
    /// Which; one that is not the caller's comes back as removed.
    pub conversation: ConversationId,
    /// Everything up to here.
    pub rev: u64,
}

/// See [`super::Command::Sync`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Who asks.
    pub user: UserId,
    /// From where, at most [`MAX_SYNC_CURSORS`].
    pub cursors: Vec<SyncCursor>,
    /// Changes a conversation at the most, 1 to 300.
    pub limit: u32,
}

/// Most conversations in one `sync`.
pub const MAX_SYNC_CURSORS: usize = 200;

/// What a conversation has for a cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncedConversation {
    /// Which.
    pub conversation: ConversationId,
    /// Messages created or changed after the cursor, oldest change first.
    pub changes: Changes,
}

/// What conversations have for their cursors.
#[derive(Clone, Debug, PartialEq)]
pub struct Synced {
    /// In the order of the cursors. A page that grew too large ends early; what is left out has
    /// `has_more` at its cursor.
    pub conversations: Vec<SyncedConversation>,
    /// Not, or no longer, the caller's.
    pub removed: Vec<ConversationId>,
}

macro_rules! worker {
    ($($name:ident: $field:ident,)*) => {$(
        impl $name {
            pub(super) fn worker(&self) -> Address {
                Address::of(Service::Message, self.$field.bytes())
            }
        }
    )*};
}
worker! {
    JoinConversation: conversation,
    ReadChanges: conversation,
    SendMessages: conversation,
    ListMessages: conversation,
    EditMessage: message,
    DeleteMessage: message,
    ReactToMessage: message,
    GetMessage: message,
    SearchMessages: user,
    Sync: user,
}

impl ReadHeads {
    pub(super) fn worker(&self) -> Address {
        let first = self.conversations.first().copied().unwrap_or_default();
        Address::of(Service::Message, first.bytes())
    }
}
