//! Counting what participants have not read.
//!
//! It is counted by what is not unread, so that the cost does not grow with how much is: all above
//! the watermark, less one's own ([`sent`]), those that were deleted (by `conversation_deleted`) and
//! those that were read one by one. A few queries, for any number of participants and conversations.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::sent::{self, Everybody, Sent};
use crate::Core;
use crate::fault::{Fault, all};
use crate::schema::{Collections, by};
use crate::values::{long, number};

/// What a participant has read of a conversation.
pub(super) struct Place {
    pub(super) conversation: ObjectId,
    pub(super) user: ObjectId,
    pub(super) last: u64,
    pub(super) read: u64,
    /// Above `read`.
    pub(super) singles: Vec<u64>,
}

/// Senders and places of deleted messages, by conversation.
type Deletions = HashMap<ObjectId, Vec<(ObjectId, u64)>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    conversation_id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
}

/// Of each place, in their order.
pub(super) async fn counts(collections: &Collections, places: &[Place]) -> Result<Vec<u64>, Fault> {
    let behind: Vec<_> = places.iter().filter(|place| place.is_behind()).collect();
    let (sent, deleted) = try_join!(sent::count(collections, &behind), deleted(collections, &behind))?;
    Ok(places.iter().map(|place| place.unread(&sent, &deleted)).collect())
}

/// Of everybody in each of the conversations, in their order.
pub(super) async fn counts_of_all(
    core: &Core,
    conversations: &[Everybody<'_>],
) -> Result<Vec<Vec<u64>>, Fault> {
    let behind = conversations.iter().flat_map(|all| all.places).filter(|place| place.is_behind());
    let behind: Vec<_> = behind.collect();
    let (sent, deleted) =
        try_join!(sent::count_on(core, conversations), deleted(&core.collections, &behind))?;
    let counts = |all: &Everybody<'_>| all.places.iter().map(|place| place.unread(&sent, &deleted)).collect();
    Ok(conversations.iter().map(counts).collect())
}

impl Place {
    fn is_behind(&self) -> bool {
        self.read < self.last
    }

    fn unread(&self, sent: &Sent, deleted: &Deletions) -> u64 {
        let passed = |seq: u64| self.read < seq && seq <= self.last;
        let own = sent.get(&(self.conversation, self.user)).copied().unwrap_or(0);
        let singles = self.singles.iter().filter(|seq| passed(**seq)).count();
        let of_others = deleted
            .get(&self.conversation)
            .into_iter()
            .flatten()
            .filter(|(sender, seq)| *sender != self.user && passed(*seq) && !self.singles.contains(seq));
        let read = own + (singles + of_others.count()) as u64;
        self.last.saturating_sub(self.read).saturating_sub(read)
    }
}

/// Senders and places of deleted messages, from each conversation's lowest place on.
async fn deleted(collections: &Collections, places: &[&Place]) -> Result<Deletions, Fault> {
    if places.is_empty() {
        return Ok(Deletions::new());
    }
    let mut lowest = HashMap::<ObjectId, u64>::new();
    for place in places {
        let read = lowest.entry(place.conversation).or_insert(place.read);
        *read = place.read.min(*read);
    }
    let above = lowest.into_iter().map(|(conversation, read)| {
        doc! { "conversationId": conversation, "deleted": true, "seq": { "$gt": long(read) } }
    });
    let fields = doc! { "_id": 0, "conversationId": 1, "senderId": 1, "seq": 1 };
    let messages = collections.messages.clone_with_type::<Deleted>();
    let find = messages.find(doc! { "$or": above.collect::<Vec<Document>>() }).projection(fields);
    let find = find.hint(by("conversation_deleted"));
    let mut deleted = Deletions::new();
    for found in all(find).await? {
        let place = (found.sender_id, number(found.seq));
        deleted.entry(found.conversation_id).or_default().push(place);
    }
    Ok(deleted)
}
