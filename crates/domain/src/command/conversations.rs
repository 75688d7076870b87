//! Commands about conversations and their participants.

use crate::conversation::{ConversationView, Role};
use crate::id::{ConversationId, UserId};
use crate::page::PageRequest;
use crate::ports::{Address, Service};

/// See [`super::Command::OpenDirect`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDirect {
    /// Who asks.
    pub user: UserId,
    /// With whom.
    pub other: UserId,
}

/// The conversation of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// As the caller sees it.
    pub conversation: ConversationView,
    /// Whether it was made just now, by this command.
    pub created: bool,
}

/// See [`super::Command::CreateGroup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateGroup {
    /// Made by the gateway, so that a retry makes no second one.
    pub id: ConversationId,
    /// Who asks, and becomes its admin.
    pub user: UserId,
    /// 1 to 100 code points, not only white space.
    pub name: String,
    /// The others; doubles and oneself are folded.
    pub participants: Vec<UserId>,
}

/// See [`super::Command::ListConversations`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListConversations {
    /// Who asks.
    pub user: UserId,
    /// Which page.
    pub page: PageRequest,
}

/// See [`super::Command::GetConversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetConversation {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub conversation: ConversationId,
}

/// See [`super::Command::RenameConversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameConversation {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub conversation: ConversationId,
    /// 1 to 100 code points, not only white space.
    pub name: String,
}

/// See [`super::Command::SetConversationPhoto`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetConversationPhoto {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub conversation: ConversationId,
    /// URL; `None` removes it.
    pub photo: Option<String>,
}

/// See [`super::Command::DeleteConversation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteConversation {
    /// Who asks.
    pub user: UserId,
    /// Which.
    pub conversation: ConversationId,
}

/// See [`super::Command::AddParticipants`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddParticipants {
    /// Who asks.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
    /// Whom.
    pub participants: Vec<UserId>,
}

/// See [`super::Command::RemoveParticipant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveParticipant {
    /// Who asks.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
    /// Whom; oneself to leave.
    pub participant: UserId,
}

/// See [`super::Command::SetParticipantRole`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetParticipantRole {
    /// Who asks.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub participant: UserId,
    /// What they become.
    pub role: Role,
}

impl OpenDirect {
    /// By the pair, whoever of the two asks.
    pub(super) fn worker(&self) -> Address {
        let (first, second) = (self.user.min(self.other), self.user.max(self.other));
        Address::of(Service::Message, &[*first.bytes(), *second.bytes()].concat())
    }
}

impl CreateGroup {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Message, self.id.bytes())
    }
}

impl ListConversations {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Message, self.user.bytes())
    }
}

macro_rules! about_conversation {
    ($($name:ident)*) => {$(
        impl $name {
            pub(super) fn worker(&self) -> Address {
                Address::of(Service::Message, self.conversation.bytes())
            }
        }
    )*};
}
about_conversation! {
    GetConversation RenameConversation SetConversationPhoto DeleteConversation AddParticipants
    RemoveParticipant SetParticipantRole
}
