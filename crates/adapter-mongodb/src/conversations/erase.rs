//! Deleting conversations, with all that is theirs.
//!
//! The conversation's document goes first, and with it all access. A process may die then, and a
//! write that found the conversation there may come after its messages were deleted; a process looks
//! only every few seconds whether it is. So a deletion is noted before it begins, and a while after it
//! what is left is looked for, by any process ([`sweep`]). While the note stands nothing is made under
//! that id, whose places such a write would confuse.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use natter_domain::id::ConversationId;

use crate::Core;
use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::values::Id as _;

/// Past it no write is under way that found the conversation there: several times the deadline.
const SETTLED: Duration = Duration::from_secs(60);
/// Messages that are looked for at once.
const CHUNK: i64 = 1_000;
/// Conversations in one sweep.
const SWEPT: i64 = 100;

/// Deletes the conversation that matches, and says whether there was one.
pub(super) async fn delete(core: &Core, id: ConversationId, filter: Document) -> Result<bool, Fault> {
    let collections = &core.collections;
    let note = doc! { "$currentDate": { "at": true } };
    within(collections.erasures.update_one(doc! { "_id": id.oid() }, note).upsert(true)).await?;
    let deleted = within(collections.conversations.delete_one(filter)).await?.deleted_count > 0;
    if deleted {
        core.heads.invalidate(&id);
        erase(collections, id).await?;
    }
    Ok(deleted)
}

/// Whether a conversation of this id was, or is about to be, deleted, and something of it may be left.
pub(super) async fn is_noted(collections: &Collections, id: ConversationId) -> Result<bool, Fault> {
    Ok(within(collections.erasures.find_one(doc! { "_id": id.oid() })).await?.is_some())
}

/// Deletes what was left of conversations that were deleted a while ago. By `time`.
pub(crate) async fn sweep(collections: &Collections) -> Result<(), Fault> {
    let settled = i64::try_from(SETTLED.as_millis()).unwrap_or(i64::MAX);
    let due = doc! { "$expr": { "$lt": ["$at", { "$subtract": ["$$NOW", settled] }] } };
    for erasure in all(collections.erasures.find(due).sort(doc! { "at": 1 }).limit(SWEPT)).await? {
        let id = erasure.get_object_id("_id").map_err(|_| Fault::Malformed("erasure"))?;
        erase_rest(collections, ConversationId::of(id)).await?;
        // Unless it was deleted once more meanwhile.
        within(collections.erasures.delete_one(erasure)).await?;
    }
    Ok(())
}

async fn erase_rest(collections: &Collections, id: ConversationId) -> Result<(), Fault> {
    let there = within(collections.conversations.find_one(doc! { "_id": id.oid() })).await?;
    if there.is_some() { Ok(()) } else { erase(collections, id).await }
}

async fn erase(collections: &Collections, id: ConversationId) -> Result<(), Fault> {
    let theirs = doc! { "conversationId": id.oid() };
    within(collections.watermarks.delete_many(theirs)).await?;
    within(collections.deliveries.delete_one(doc! { "_id": id.oid() })).await?;
    erase_messages(collections, id).await
}

/// Deletes messages whose conversation is not there. They are read before that is looked at: so
/// those of a conversation that is made with the same id meanwhile are not among them.
async fn erase_messages(collections: &Collections, id: ConversationId) -> Result<(), Fault> {
    let messages = collections.messages.clone_with_type::<Document>();
    loop {
        let find = messages.find(doc! { "conversationId": id.oid() });
        let found = all(find.projection(doc! { "_id": 1 }).limit(CHUNK)).await?;
        let there = within(collections.conversations.find_one(doc! { "_id": id.oid() })).await?;
        if found.is_empty() || there.is_some() {
            return Ok(());
        }
        let ids: Vec<_> = found.iter().filter_map(|message| message.get("_id").cloned()).collect();
        within(messages.delete_many(doc! { "conversationId": id.oid(), "_id": { "$in": ids } })).await?;
    }
}
