//! Conversations and who takes part in them.

use async_trait::async_trait;

use super::StoreError;
use crate::conversation::{Conversation, ConversationKind, Participant, Role};
use crate::id::{ConversationId, UserId};
use crate::message::{Head, StoredMessage};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// A conversation to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConversation {
    /// Which.
    pub id: ConversationId,
    /// What sort; a direct one has two participants.
    pub kind: ConversationKind,
    /// Groups have one.
    pub name: Option<String>,
    /// URL of a group's picture.
    pub photo: Option<String>,
    /// Everybody in it.
    pub participants: Vec<Participant>,
    /// Now.
    pub at: Timestamp,
}

/// A conversation in a user's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The conversation.
    pub conversation: Conversation,
    /// Its end.
    pub head: Head,
    /// Its latest message, as it is now.
    pub last_message: Option<StoredMessage>,
    /// Others' messages that the user has not read, without deleted ones.
    pub unread: u64,
}

/// A conversation in the lists of all of its participants.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedToAll {
    /// The conversation.
    pub conversation: Conversation,
    /// Its end.
    pub head: Head,
    /// Its latest message, as it is now.
    pub last_message: Option<StoredMessage>,
    /// Others' messages that each of the participants, in their order, has not read, without
    /// deleted ones.
    pub unread: Vec<(UserId, u64)>,
}

/// What came of taking somebody out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParticipantRemoval {
    /// They are out. `heir` became admin, where the last one went.
    Removed {
        /// The longest-standing member.
        heir: Option<UserId>,
        /// Nobody is left: the conversation is deleted.
        emptied: bool,
    },
    /// They were not in it.
    Absent,
}

/// Conversations.
///
/// Changes of participants are atomic: of any number at once, each sees what the one before left,
/// a group never has more than [`crate::conversation::MAX_MEMBERS`] members, nor (while it has any)
/// no admin.
#[async_trait]
pub trait ConversationStore: Send + Sync {
    /// Makes a conversation. A direct one that the pair has already is answered instead, with
    /// `false`; so is one of the same id. Participants start with everything read. An id whose
    /// conversation was deleted may be refused for some minutes, with [`StoreError::Unavailable`].
    async fn create(&self, new: NewConversation) -> Result<(Conversation, bool), StoreError>;
    /// One, by its id.
    async fn get(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// The pair's, if it was made.
    async fn direct_of(&self, one: UserId, other: UserId) -> Result<Option<Conversation>, StoreError>;
    /// One as a participant's list shows it; `None` if it or the participation is not there.
    async fn listed(&self, id: ConversationId, user: UserId) -> Result<Option<Listed>, StoreError>;
    /// A user's, most recently active first (the later of `updated_at` and the latest message).
    /// The lists may lag behind the timeline by a second.
    async fn list(&self, user: UserId, page: &PageRequest) -> Result<Page<Listed>, StoreError>;
    /// Ids of all of a user's, in any order.
    async fn ids_of(&self, user: UserId) -> Result<Vec<ConversationId>, StoreError>;
    /// Everybody who shares a conversation with the user, once, without them.
    async fn contacts(&self, user: UserId) -> Result<Vec<UserId>, StoreError>;
    /// Those of the conversations that are there as the lists of all of their participants show
    /// them, in any order.
    async fn listed_to_all(&self, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, StoreError>;
    /// Renames; `None` if it is not there.
    async fn rename(
        &self,
        id: ConversationId,
        name: &str,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError>;
    /// Sets or removes the photo; `None` if it is not there.
    async fn set_photo(
        &self,
        id: ConversationId,
        photo: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError>;
    /// Deletes it with its timeline and receipts; deleting it again is no error.
    async fn delete(&self, id: ConversationId) -> Result<(), StoreError>;
    /// Adds members with everything so far read, and answers the conversation with those who are
    /// new to it; `None` if it is not there or would grow past its bound.
    async fn add(
        &self,
        id: ConversationId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<Option<(Conversation, Vec<UserId>)>, StoreError>;
    /// Takes somebody out. Where the last admin goes, the longest-standing member becomes one.
    async fn remove(
        &self,
        id: ConversationId,
        user: UserId,
        at: Timestamp,
    ) -> Result<ParticipantRemoval, StoreError>;
    /// Sets a role; `None` if they are not in it, or nobody would be an admin.
    async fn set_role(
        &self,
        id: ConversationId,
        user: UserId,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError>;
}
