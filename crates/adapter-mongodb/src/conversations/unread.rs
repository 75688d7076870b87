//! Counting what participants have not read.
//!
//! It is counted by what is not unread, so that the cost does not grow with how much is: all above
//! the watermark, less one's own (by `conversation_sender_seq`), those that were deleted (by
//! `conversation_deleted`) and those that were read one by one. Two queries, for any number of
//! participants and conversations.

use std::collections::HashMap;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, UserId};
use serde::Deserialize;

use super::by_id;
use crate::fault::{Fault, all};
use crate::receipts;
use crate::schema::Collections;
use crate::timeline;
use crate::values::{Id as _, long};

/// What a participant has read of a conversation.
pub(super) struct Place {
    pub(super) conversation: ObjectId,
    pub(super) user: ObjectId,
    pub(super) last: u64,
    pub(super) read: u64,
    /// Above `read`.
    pub(super) singles: Vec<u64>,
}

#[derive(Deserialize)]
struct Owner {
    c: ObjectId,
    u: ObjectId,
}

#[derive(Deserialize)]
struct Own {
    #[serde(rename = "_id")]
    owner: Owner,
    count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    conversation_id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
}

/// Of everybody in a conversation.
pub(super) async fn of_all(
    collections: &Collections,
    id: ConversationId,
) -> Result<Vec<(UserId, u64)>, Fault> {
    let Some(conversation) = by_id(collections, id).await? else { return Ok(Vec::new()) };
    let (receipts, last) =
        futures::try_join!(receipts::of(collections, &conversation), timeline::last_seq(collections, id))?;
    let places: Vec<_> = receipts
        .into_iter()
        .map(|(receipt, singles)| Place {
            conversation: conversation.id,
            user: receipt.user.oid(),
            last,
            read: receipt.read_seq,
            singles,
        })
        .collect();
    let counts = counts(collections, &places).await?;
    Ok(places.iter().map(|place| UserId::of(place.user)).zip(counts).collect())
}

/// Of each place, in their order.
pub(super) async fn counts(collections: &Collections, places: &[Place]) -> Result<Vec<u64>, Fault> {
    let behind: Vec<_> = places.iter().filter(|place| place.read < place.last).collect();
    if behind.is_empty() {
        return Ok(vec![0; places.len()]);
    }
    let (own, deleted) = futures::try_join!(own(collections, &behind), deleted(collections, &behind))?;
    let unread = |place: &Place| {
        let passed = |seq: u64| place.read < seq && seq <= place.last;
        let own = own.get(&(place.conversation, place.user)).copied().unwrap_or(0);
        let singles = place.singles.iter().filter(|seq| passed(**seq)).count();
        let of_others =
            deleted.get(&place.conversation).into_iter().flatten().filter(|(sender, seq)| {
                *sender != place.user && passed(*seq) && !place.singles.contains(seq)
            });
        let read = own + (singles + of_others.count()) as u64;
        place.last.saturating_sub(place.read).saturating_sub(read)
    };
    Ok(places.iter().map(unread).collect())
}

/// How many messages of one's own are above each place.
async fn own(
    collections: &Collections,
    places: &[&Place],
) -> Result<HashMap<(ObjectId, ObjectId), u64>, Fault> {
    let above = places.iter().map(|place| {
        doc! {
            "conversationId": place.conversation,
            "senderId": place.user,
            "seq": { "$gt": long(place.read), "$lte": long(place.last) },
        }
    });
    let pipeline = [
        doc! { "$match": { "$or": above.collect::<Vec<Document>>() } },
        doc! { "$group": {
            "_id": { "c": "$conversationId", "u": "$senderId" },
            "count": { "$sum": 1_i64 },
        } },
    ];
    let found = all(collections.messages.aggregate(pipeline).with_type::<Own>()).await?;
    let counted = |own: Own| ((own.owner.c, own.owner.u), u64::try_from(own.count).unwrap_or(0));
    Ok(found.into_iter().map(counted).collect())
}

/// Senders and places of deleted messages, from each conversation's lowest place on.
async fn deleted(
    collections: &Collections,
    places: &[&Place],
) -> Result<HashMap<ObjectId, Vec<(ObjectId, u64)>>, Fault> {
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
    let mut deleted = HashMap::<_, Vec<_>>::new();
    for found in all(find).await? {
        let place = (found.sender_id, u64::try_from(found.seq).unwrap_or(0));
        deleted.entry(found.conversation_id).or_default().push(place);
    }
    Ok(deleted)
}
