//! Conversations as their participants' lists show them.
//!
//! The order is that of `activeAt`, which is written behind the timeline; head and latest message
//! come from the timeline itself. What is found to be
//! more active than its `activeAt` says is noted for correction: whoever should have written that
//! may have died.

use std::collections::{HashMap, HashSet};

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
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
use crate::timeline;
use crate::values::{Id as _, oids, timestamp};

/// Conversations that are asked for at once.
const CHUNK: usize = 500;

/// A conversation with its end.
struct Entry {
    conversation: ConversationDocument,
    head: Head,
    latest: Option<StoredMessage>,
}

/// Who is in a conversation.
#[derive(Deserialize)]
struct Participants {
    participants: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    user_id: ObjectId,
}

/// What participants have read, by conversation and user.
type Watermarks = HashMap<(ObjectId, ObjectId), WatermarkDocument>;

/// Their ends, in their order. By `conversation_rev` and `conversation_seq`.
async fn entries(core: &Core, conversations: Vec<ConversationDocument>) -> Result<Vec<Entry>, Fault> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || conversations.iter().map(|conversation| Bson::ObjectId(conversation.id)).collect();
    let latest = timeline::latest(&core.collections, ids());
    let (mut latest, revs) = try_join!(latest, timeline::highest(&core.collections, ids(), "rev"))?;
    let entry = |conversation: ConversationDocument| {
        let latest = latest.remove(&conversation.id);
        let (rev, seq) = latest.as_ref().map_or((0, 0), |message| (message.rev, message.seq));
        // They are not read at one moment.
        let rev = revs.get(&conversation.id).map_or(rev, |highest| rev.max(*highest));
        Entry { conversation, head: Head { rev, seq }, latest }
    };
    Ok(conversations.into_iter().map(entry).collect())
}

/// By `conversation_user`.
async fn watermarks(core: &Core, filter: Document) -> Result<Watermarks, Fault> {
    let found = all(core.collections.watermarks.find(filter)).await?;
    Ok(found.into_iter().map(|it| ((it.conversation_id, it.user_id), it)).collect())
}

pub(super) async fn listed(core: &Core, id: ConversationId, user: UserId) -> Result<Option<Listed>, Fault> {
    let mine = doc! { "_id": id.oid(), "participants.userId": user.oid() };
    let found = all(core.collections.conversations.find(mine)).await?;
    Ok(show(core, found, user).await?.pop())
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
    let find = core.collections.conversations.find(mine).sort(doc! { "activeAt": -1, "_id": -1 });
    let mut found = all(find.limit(i64::from(page.limit) + 1)).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|conversation| {
        let at = timestamp(conversation.active_at).millis();
        cursor::write(List::Conversations, at, &conversation.id.bytes())
    });
    Ok(Page { items: show(core, found, user).await?, next })
}

async fn show(
    core: &Core,
    conversations: Vec<ConversationDocument>,
    user: UserId,
) -> Result<Vec<Listed>, Fault> {
    let ids: Vec<_> = conversations.iter().map(|conversation| conversation.id).collect();
    let read = watermarks(core, doc! { "conversationId": { "$in": ids }, "userId": user.oid() });
    let (entries, read) = try_join!(entries(core, conversations), read)?;
    let mut places = Vec::with_capacity(entries.len());
    for entry in &entries {
        let participant = entry.conversation.participant(user).ok_or(Fault::Malformed("participant"))?;
        places.push(entry.place(participant, &read));
    }
    let counts = unread::counts(&core.collections, &places).await?;
    entries.into_iter().zip(counts).map(|(entry, unread)| entry.into_listed(core, unread)).collect()
}

/// By the key.
pub(super) async fn listed_to_all(core: &Core, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, Fault> {
    let mut listed = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let these = core.collections.conversations.find(doc! { "_id": { "$in": oids(ids) } });
        let read = watermarks(core, doc! { "conversationId": { "$in": oids(ids) } });
        let (these, read) = try_join!(all(these), read)?;
        listed.extend(show_to_all(core, entries(core, these).await?, &read).await?);
    }
    Ok(listed)
}

async fn show_to_all(core: &Core, entries: Vec<Entry>, read: &Watermarks) -> Result<Vec<ListedToAll>, Fault> {
    let places = |entry: &Entry| -> Vec<_> {
        entry.conversation.participants.iter().map(|participant| entry.place(participant, read)).collect()
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
    fn place(&self, participant: &ParticipantDocument, read: &Watermarks) -> Place {
        let watermark = read.get(&(self.conversation.id, participant.user_id));
        let (receipt, singles) = receipts::state(participant, watermark, 0);
        Place {
            conversation: self.conversation.id,
            user: participant.user_id,
            last: self.head.seq,
            read: receipt.read_seq,
            singles,
        }
    }

    fn into_listed(self, core: &Core, unread: u64) -> Result<Listed, Fault> {
        let Self { conversation, head, latest: last_message } = self;
        if let Some(message) = &last_message
            && message.created_at > timestamp(conversation.active_at)
        {
            core.activity.note(message.conversation, message.created_at);
        }
        Ok(Listed { conversation: conversation.try_into()?, head, last_message, unread })
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

/// Everybody who shares a conversation with each of these, without themselves. By `participant`.
pub(crate) async fn contacts(
    collections: &Collections,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<UserId>>, Fault> {
    let mut contacts: HashMap<_, HashSet<_>> = users.iter().map(|user| (*user, HashSet::new())).collect();
    let conversations = collections.conversations.clone_with_type::<Participants>();
    let find = conversations.find(doc! { "participants.userId": { "$in": oids(users) } });
    for found in all(find.projection(doc! { "_id": 0, "participants.userId": 1 })).await? {
        let people: Vec<_> = found.participants.iter().map(|it| UserId::of(it.user_id)).collect();
        for user in &people {
            if let Some(contacts) = contacts.get_mut(user) {
                contacts.extend(people.iter().filter(|other| *other != user));
            }
        }
    }
    Ok(contacts.into_iter().map(|(user, contacts)| (user, contacts.into_iter().collect())).collect())
}
