//! Conversations as their participants' lists show them.
//!
//! The order is that of `activeAt`, which is written behind the timeline; head and latest message
//! come from the timeline itself, by `conversation_rev` and `conversation_seq`. What is found to be
//! more active than its `activeAt` says is noted for correction: whoever should have written that
//! may have died.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::{Head, StoredMessage};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{Listed, ListedToAll};
use serde::Deserialize;

use super::document::{ConversationDocument, ParticipantDocument};
use super::sent::Everybody;
use super::unread::{self, Place};
use crate::Core;
use crate::cursor::{self, List};
use crate::fault::{Fault, all};
use crate::receipts::{self, WatermarkDocument};
use crate::schema::Collections;
use crate::timeline::{self, MessageDocument};
use crate::values::{Id as _, oids, timestamp};

/// Conversations that are asked for at once.
const CHUNK: usize = 500;

/// A conversation with what is shown of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    conversation: ConversationDocument,
    /// None or one.
    latest: Vec<MessageDocument>,
    /// None or one.
    rev: Vec<Document>,
    /// None or one: the user's, if it is one user's.
    #[serde(default)]
    watermarks: Vec<WatermarkDocument>,
}

/// The end of a conversation, added to conversations.
fn with_end() -> [Document; 3] {
    [
        doc! { "$project": { "conversation": "$$ROOT" } },
        doc! { "$lookup": {
            "from": "messages",
            "localField": "_id",
            "foreignField": "conversationId",
            "pipeline": [{ "$sort": { "seq": -1 } }, { "$limit": 1 }, { "$project": timeline::shown() }],
            "as": "latest",
        } },
        timeline::with_highest("rev"),
    ]
}

/// What a participant has read, added to them.
fn with_read(user: UserId) -> Document {
    doc! { "$lookup": {
        "from": "watermarks",
        "localField": "_id",
        "foreignField": "conversationId",
        "pipeline": [{ "$match": { "userId": user.oid() } }],
        "as": "watermarks",
    } }
}

pub(super) async fn listed(core: &Core, id: ConversationId, user: UserId) -> Result<Option<Listed>, Fault> {
    let mine = doc! { "$match": { "_id": id.oid(), "participants.userId": user.oid() } };
    let pipeline = std::iter::once(mine).chain(with_end()).chain([with_read(user)]);
    let entries = all(core.collections.conversations.aggregate(pipeline).with_type::<Entry>()).await?;
    Ok(show(core, entries, user).await?.pop())
}

/// By `participant`, sorted: an index in this order would be rewritten for every participant with
/// every message.
pub(super) async fn list(core: &Core, user: UserId, page: &PageRequest) -> Result<Page<Listed>, Fault> {
    let mut mine = doc! { "participants.userId": user.oid() };
    if let Some(cursor) = &page.cursor {
        let (at, id) = cursor::read(List::Conversations, cursor)?;
        let (at, id): (_, [u8; 12]) =
            (DateTime::from_millis(at), id.try_into().map_err(|_| Fault::BadCursor)?);
        let same = doc! { "activeAt": at, "_id": { "$lt": ObjectId::from_bytes(id) } };
        mine.insert("$or", vec![doc! { "activeAt": { "$lt": at } }, same]);
    }
    let pipeline = [
        doc! { "$match": mine },
        doc! { "$sort": { "activeAt": -1, "_id": -1 } },
        doc! { "$limit": i64::from(page.limit) + 1 },
    ];
    let pipeline = pipeline.into_iter().chain(with_end()).chain([with_read(user)]);
    let mut entries = all(core.collections.conversations.aggregate(pipeline).with_type::<Entry>()).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|Entry { conversation, .. }| {
        let at = timestamp(conversation.active_at).millis();
        cursor::write(List::Conversations, at, &conversation.id.bytes())
    });
    Ok(Page { items: show(core, entries, user).await?, next })
}

async fn show(core: &Core, entries: Vec<Entry>, user: UserId) -> Result<Vec<Listed>, Fault> {
    let mut places = Vec::with_capacity(entries.len());
    for entry in &entries {
        let participant = entry.conversation.participant(user).ok_or(Fault::Malformed("participant"))?;
        places.push(entry.place(participant, entry.watermarks.first()));
    }
    let counts = unread::counts(&core.collections, &places).await?;
    entries.into_iter().zip(counts).map(|(entry, unread)| entry.into_listed(core, unread)).collect()
}

/// By the key and `conversation_user`.
pub(super) async fn listed_to_all(core: &Core, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, Fault> {
    let mut listed = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let these = doc! { "$match": { "_id": { "$in": oids(ids) } } };
        let pipeline = std::iter::once(these).chain(with_end());
        let entries = core.collections.conversations.aggregate(pipeline).with_type::<Entry>();
        let read = core.collections.watermarks.find(doc! { "conversationId": { "$in": oids(ids) } });
        let (entries, read) = try_join!(all(entries), all(read))?;
        listed.extend(show_to_all(core, entries, read).await?);
    }
    Ok(listed)
}

async fn show_to_all(
    core: &Core,
    entries: Vec<Entry>,
    read: Vec<WatermarkDocument>,
) -> Result<Vec<ListedToAll>, Fault> {
    let read: HashMap<_, _> = read.into_iter().map(|it| ((it.conversation_id, it.user_id), it)).collect();
    let places = |entry: &Entry| -> Vec<_> {
        let place = |participant: &ParticipantDocument| {
            let watermark = read.get(&(entry.conversation.id, participant.user_id));
            entry.place(participant, watermark)
        };
        entry.conversation.participants.iter().map(place).collect()
    };
    let places: Vec<_> = entries.iter().map(places).collect();
    let everybody = entries.iter().zip(&places);
    let everybody: Vec<_> =
        everybody.map(|(entry, places)| Everybody { epoch: entry.conversation.epoch, places }).collect();
    let counts = unread::counts_of_all(core, &everybody).await?;
    let shown = entries.into_iter().zip(places.iter().zip(counts)).map(|(entry, (places, counts))| {
        let unread = places.iter().map(|place| UserId::of(place.user)).zip(counts).collect();
        let Listed { conversation, head, last_message, .. } = entry.into_listed(core, 0)?;
        Ok(ListedToAll { conversation, head, last_message, unread })
    });
    shown.collect()
}

impl Entry {
    /// What a participant has read of it.
    fn place(&self, participant: &ParticipantDocument, watermark: Option<&WatermarkDocument>) -> Place {
        let (receipt, singles) = receipts::state(participant, watermark, 0);
        Place {
            conversation: self.conversation.id,
            user: participant.user_id,
            last: self.latest.first().map_or(0, MessageDocument::seq),
            read: receipt.read_seq,
            singles,
        }
    }

    fn into_listed(self, core: &Core, unread: u64) -> Result<Listed, Fault> {
        let last_message = self.latest.into_iter().next().map(StoredMessage::try_from).transpose()?;
        let head = Head {
            rev: timeline::highest_of(&self.rev, "rev"),
            seq: last_message.as_ref().map_or(0, |message| message.seq),
        };
        if let Some(message) = &last_message
            && message.created_at > timestamp(self.conversation.active_at)
        {
            core.activity.note(message.conversation, message.created_at);
        }
        Ok(Listed { conversation: self.conversation.try_into()?, head, last_message, unread })
    }
}

/// By `participant`.
pub(super) async fn ids_of(collections: &Collections, user: UserId) -> Result<Vec<ConversationId>, Fault> {
    let conversations = collections.conversations.clone_with_type::<Document>();
    let find = conversations.find(doc! { "participants.userId": user.oid() }).projection(doc! { "_id": 1 });
    let ids = all(find).await?;
    let id = |found: Document| found.get_object_id("_id").map(ConversationId::of);
    ids.into_iter().map(id).collect::<Result<_, _>>().map_err(|_| Fault::Malformed("conversation"))
}

/// By `participant`.
pub(super) async fn contacts(collections: &Collections, user: UserId) -> Result<Vec<UserId>, Fault> {
    let pipeline = [
        doc! { "$match": { "participants.userId": user.oid() } },
        doc! { "$project": { "participants.userId": 1 } },
        doc! { "$unwind": "$participants" },
        doc! { "$group": { "_id": "$participants.userId" } },
        doc! { "$match": { "_id": { "$ne": user.oid() } } },
    ];
    let found = all(collections.conversations.aggregate(pipeline)).await?;
    let id = |found: Document| found.get_object_id("_id").map(UserId::of);
    found.into_iter().map(id).collect::<Result<_, _>>().map_err(|_| Fault::Malformed("participant"))
}
