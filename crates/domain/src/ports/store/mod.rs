//! The store's ports: the only truth there is.
//!
//! Laws for all of them: a method that returned `Ok` from a write is durable (majority and journal,
//! or `synchronous=FULL`). [`StoreError`] means that it is unknown whether a write happened, and
//! every write may be repeated. Reads see every write that was answered before them. Dropping a
//! future may or may not stop a write.

mod activity;
mod conversations;
mod receipts;
mod sessions;
mod timeline;
mod users;

pub use activity::ActivityLog;
pub use conversations::{ConversationStore, Listed, ListedToAll, NewConversation, ParticipantRemoval};
pub use receipts::{Delivered, Delivery, ReadSpan, ReceiptStore, Unread};
pub use sessions::{NewSession, Rotate, Rotation, SessionStore, TokenHash};
pub use timeline::{Commit, Committed, MessageQuery, Timeline, Write};
pub use users::{AccountError, BlockRelation, BlockStore, Credentials, MediaRegistry, NewUser, UserStore};

use std::sync::Arc;

/// The store failed or can't be reached; it is unknown whether a write happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, or did not answer in time: try again.
    #[error("the store can't be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It answered what makes no sense.
    #[error("the store failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A page cursor that this store never made.
    #[error("not a cursor of this list")]
    BadCursor,
}

/// All of the store's ports, as a service takes them.
#[derive(Clone)]
pub struct Stores {
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Who has blocked whom.
    pub blocks: Arc<dyn BlockStore>,
    /// Logins.
    pub sessions: Arc<dyn SessionStore>,
    /// Conversations and participants.
    pub conversations: Arc<dyn ConversationStore>,
    /// Messages.
    pub timeline: Arc<dyn Timeline>,
    /// Watermarks.
    pub receipts: Arc<dyn ReceiptStore>,
    /// Issued files.
    pub media: Arc<dyn MediaRegistry>,
    /// What users noted of themselves.
    pub activity: Arc<dyn ActivityLog>,
}
