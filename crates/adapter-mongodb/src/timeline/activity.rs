//! When conversations were last active, written behind: for the order of their participants' lists.
//!
//! It is a cache of the timeline. What a process that died left unwritten is rebuilt by any other
//! one, or by itself when it starts again: each process says every few seconds that it had written
//! everything ([`Activity::beat`]), and of one that stopped saying so the messages since are
//! looked through ([`rebuild`]).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use natter_domain::id::ConversationId;
use natter_domain::time::Timestamp;

use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, timestamp};

/// Conversations in one command.
const CHUNK: usize = 1_000;
/// A process that has been silent for so long has died, or can't write.
const SILENT: Duration = Duration::from_secs(30);
/// How far before and after the last sign of it messages are looked through: what is between two
/// signs, and what clocks differ.
const MARGIN_MS: i64 = 60_000;

/// What is to be written.
pub(crate) struct Activity {
    /// This process's name among those that write.
    writer: ObjectId,
    pending: Mutex<HashMap<ConversationId, Timestamp>>,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { writer: ObjectId::new(), pending: Mutex::default() }
    }

    /// A conversation was active then.
    pub(crate) fn note(&self, conversation: ConversationId, at: Timestamp) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = pending.entry(conversation).or_insert(at);
        *latest = at.max(*latest);
    }

    /// Writes what there is. What can't be written is kept.
    pub(crate) async fn flush(&self, database: &Database) -> Result<(), Fault> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let pending: Vec<_> = pending.into_iter().collect();
        let mut chunks = pending.chunks(CHUNK);
        while let Some(chunk) = chunks.next() {
            if let Err(fault) = write(database, chunk).await {
                let left = chunk.iter().chain(chunks.flatten());
                left.for_each(|(conversation, at)| self.note(*conversation, *at));
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Says that this process has written everything so far.
    pub(crate) async fn beat(&self, collections: &Collections) -> Result<(), Fault> {
        let now = doc! { "$currentDate": { "at": true } };
        within(collections.writers.update_one(doc! { "_id": self.writer }, now).upsert(true)).await?;
        Ok(())
    }

    /// Says that it will write no more.
    pub(crate) async fn retire(&self, collections: &Collections) -> Result<(), Fault> {
        within(collections.writers.delete_one(doc! { "_id": self.writer })).await?;
        Ok(())
    }
}

/// All in one command. It can be repeated: activity never goes back.
async fn write(database: &Database, activity: &[(ConversationId, Timestamp)]) -> Result<(), Fault> {
    let updates: Vec<_> = activity
        .iter()
        .map(|(id, at)| doc! { "q": { "_id": id.oid() }, "u": { "$max": { "activeAt": date(*at) } } })
        .collect();
    if updates.is_empty() {
        return Ok(());
    }
    let command = doc! { "update": "conversations", "updates": updates, "ordered": false };
    within(database.run_command(command)).await?;
    Ok(())
}

/// Writes what processes that have died may have left unwritten.
pub(crate) async fn rebuild(database: &Database, collections: &Collections) -> Result<(), Fault> {
    let silent = i64::try_from(SILENT.as_millis()).unwrap_or(i64::MAX);
    let dead = doc! { "$expr": { "$lt": ["$at", { "$subtract": ["$$NOW", silent] }] } };
    for writer in all(collections.writers.find(dead)).await? {
        let last = *writer.get_datetime("at").map_err(|_| Fault::Malformed("writer"))?;
        let activity = since(collections, last).await?;
        for chunk in activity.chunks(CHUNK) {
            write(database, chunk).await?;
        }
        // Unless it lives after all.
        within(collections.writers.delete_one(writer)).await?;
        tracing::info!(conversations = activity.len(), "activity rebuilt after a process that died");
    }
    Ok(())
}

/// The latest message of each conversation that had one around then. By the key, which begins with
/// the time.
async fn since(collections: &Collections, last: DateTime) -> Result<Vec<(ConversationId, Timestamp)>, Fault> {
    let at = |millis: i64| {
        let seconds = u32::try_from((last.timestamp_millis() + millis) / 1_000).unwrap_or(u32::MAX);
        let [a, b, c, d] = seconds.to_be_bytes();
        ObjectId::from_bytes([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0])
    };
    let pipeline = [
        doc! { "$match": { "_id": { "$gte": at(-MARGIN_MS), "$lt": at(MARGIN_MS) } } },
        doc! { "$group": { "_id": "$conversationId", "at": { "$max": "$createdAt" } } },
    ];
    let found = all(collections.messages.clone_with_type::<Document>().aggregate(pipeline)).await?;
    let read = |found: Document| {
        let (id, at) = (found.get_object_id("_id").ok()?, *found.get_datetime("at").ok()?);
        Some((ConversationId::of(id), timestamp(at)))
    };
    found.into_iter().map(|found| read(found).ok_or(Fault::Malformed("message"))).collect()
}
