//! Messages, in the order of their conversations.

use async_trait::async_trait;

use super::StoreError;
use crate::command::Window;
use crate::id::{ConversationId, MessageId, UserId};
use crate::message::{Head, StoredMessage};
use crate::page::{Page, PageRequest};

/// One change of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A new message, with `seq` and `rev` (= `created_rev`) each one past the head's.
    Insert(StoredMessage),
    /// A changed message, with `rev` one past the head's, in place of the one that had
    /// `expected_rev`.
    Replace {
        /// The message's `rev` before.
        expected_rev: u64,
        /// As it is to be.
        message: StoredMessage,
    },
}

/// Changes of one conversation, each one `rev` after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Which.
    pub conversation: ConversationId,
    /// In order.
    pub writes: Vec<Write>,
}

/// What came of one write.
#[derive(Clone, Debug, PartialEq)]
pub enum Committed {
    /// It is durable.
    Written,
    /// Its `rev` or `seq` is taken, or is not the head's next, or the message had another `rev`
    /// than expected: another writer was there. Read the head again.
    Collided,
    /// The message's id, or the sender's own name for it, was stored before: this is it. It took
    /// no place.
    Repeated(Box<StoredMessage>),
    /// The conversation is gone.
    Gone,
    /// A write before it in the same commit was not written, so this one was not tried.
    NotTried,
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageQuery {
    /// Words, all of which are in the text; the last one may be a beginning. Never read as the
    /// search engine's own syntax.
    pub text: String,
    /// Only here; the caller has checked that all are the searcher's.
    pub conversations: Vec<ConversationId>,
}

/// Messages.
///
/// `(conversation, rev)`, `(conversation, seq)` and `(conversation, sender, client_message_id)` are
/// unique, whoever writes; the order of a timeline is nobody's but the store's.
#[async_trait]
pub trait Timeline: Send + Sync {
    /// Where the timeline ends; zero for one that is empty or not there.
    async fn head(&self, conversation: ConversationId) -> Result<Head, StoreError>;

    /// Where several end, in the order asked for.
    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>, StoreError>;

    /// Writes changes, in order, up to the first that can't be written; answers each. What queued
    /// up while the last write was under way goes together, over all conversations. After it
    /// returns, lists of conversations show the new latest message within a second; also after a
    /// repetition, for who wrote it first may have died before they did.
    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError>;

    /// One message.
    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError>;

    /// Those of the ids that exist, in any order.
    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<StoredMessage>, StoreError>;

    /// The message that the sender named so.
    async fn by_client_id(
        &self,
        conversation: ConversationId,
        sender: UserId,
        client_message_id: &str,
    ) -> Result<Option<StoredMessage>, StoreError>;

    /// A part of the history, in the window's order; whether there is more in its direction.
    async fn window(
        &self,
        conversation: ConversationId,
        window: Window,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, bool), StoreError>;

    /// Messages whose latest change is after `rev`, in order of it, at most `limit`; and where the
    /// timeline ended then. Without gaps: everything that was committed below the last one's `rev`
    /// has been seen.
    async fn changes(
        &self,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Head), StoreError>;

    /// Messages by their text, newest first, without deleted ones.
    async fn search(
        &self,
        query: &MessageQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredMessage>, StoreError>;
}
