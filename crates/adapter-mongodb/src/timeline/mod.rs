//! Messages, in the order of their conversations.
//!
//! # Places
//!
//! A message is one document. `rev` is its place among the changes and `seq` among the messages,
//! and both are unique in a conversation. A change moves its message to a new `rev`, and leaves the
//! old one. A writer that has read the head and is then overtaken could find such a place free and
//! write there, below the head, where nobody looks any more. So a message keeps every `rev` that it
//! has had in `revs`, over which there is a unique index, too: **a place that was ever taken stays
//! taken**. (It keeps the latest 4,096, which bounds the document. A write could only pass that if
//! it reached the server after the message was changed as often as that, one after the other, each
//! on a majority's disks, since the writer read the head.)
//!
//! # No holes
//!
//! A write takes place `n + 1` only when the writer knows that `n` is taken, by a majority: it read
//! so, or wrote it. Writes of one conversation go in one ordered command, which stops at the first
//! that is refused, and otherwise one after the other. A failover takes back the end of a timeline
//! alone, since the oplog is in the order of the writes, and none of it was answered. So there is
//! never `n + 1` without `n`. That the head is read in two queries, or is remembered, makes it
//! perhaps too low and never too high; then the next place is taken, and the write collides.
//!
//! # Batches
//!
//! ```text
//! commit ──> queue ──> all that queued up while others were written
//!                      ├─> one ordered command, conversation by conversation
//!                      └─> changes of messages, and what was refused: a conversation at a time
//! ```
//!
//! The command stops at the first message that is refused, so that of no conversation a second one
//! is tried where the first was not written; the conversations after it are sent once more ([`queue`],
//! [`batch`], [`run`]). Refusals are rare: mostly one process alone writes a conversation.
//!
//! # Repetitions
//!
//! The driver repeats a write once, under a number by which the server knows it. Past that, it is
//! unknown whether it happened; whoever commits the same message again finds its id or its sender's
//! name for it taken, and is answered what is stored.

mod activity;
mod batch;
mod document;
pub(crate) mod kind;
mod queue;
mod read;
mod run;
mod search;
mod words;

use async_trait::async_trait;
use mongodb::bson::doc;
use natter_domain::command::Window;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, StoredMessage};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{Commit, Committed, MessageQuery, StoreError, Timeline};

use crate::MongoStore;
use crate::values::oids;

pub(crate) use activity::{Activity, rebuild};
pub(crate) use document::MessageDocument;
pub(crate) use queue::Queue;
pub(crate) use read::{heads, highest, last_seq, latest};
pub(crate) use run::Known;

/// Ids that are asked for at once.
const IDS: usize = 1_000;

#[async_trait]
impl Timeline for MongoStore {
    async fn head(&self, conversation: ConversationId) -> Result<Head, StoreError> {
        Ok(self.core().reads.heads.read(conversation).await?.unwrap_or_default())
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>, StoreError> {
        let heads = read::heads(self.collections(), conversations).await?;
        Ok(conversations.iter().map(|id| heads.get(id).copied().unwrap_or_default()).collect())
    }

    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        Ok(self.queue().commit(commit).await?)
    }

    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
        Ok(read::message(self.collections(), id).await?)
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<StoredMessage>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS) {
            let filter = doc! { "_id": { "$in": oids(ids) } };
            found.extend(read::many(self.collections(), filter, doc! {}, 0).await?);
        }
        Ok(found)
    }

    async fn by_client_id(
        &self,
        conversation: ConversationId,
        sender: UserId,
        client_message_id: &str,
    ) -> Result<Option<StoredMessage>, StoreError> {
        Ok(read::by_client_id(self.collections(), conversation, sender, client_message_id).await?)
    }

    async fn window(
        &self,
        conversation: ConversationId,
        window: Window,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, bool), StoreError> {
        Ok(read::window(self.collections(), conversation, window, limit).await?)
    }

    async fn changes(
        &self,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Head), StoreError> {
        Ok(read::changes(self.core(), conversation, after_rev, limit).await?)
    }

    async fn search(
        &self,
        query: &MessageQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredMessage>, StoreError> {
        Ok(search::search(self.collections(), query, page).await?)
    }
}
