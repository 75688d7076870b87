//! Counting what participants have sent themselves, above what they have read.
//!
//! Messages keep their senders and places, so what was counted up to some message stays as it is. It
//! is remembered, and only what came since is looked at: a conversation that nobody reads costs no
//! more with every message.

use std::collections::HashMap;
use std::sync::Arc;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::ConversationId;
use serde::Deserialize;

use super::unread::Place;
use crate::Core;
use crate::fault::{Fault, all};
use crate::schema::{Collections, by, name};
use crate::values::{Id as _, long, number};

/// Participants of all conversations that are remembered.
const REMEMBERED: u64 = 500_000;

/// What is remembered.
pub(crate) type Memory = moka::sync::Cache<ConversationId, Arc<Counted>>;

/// How many messages each user sent, by conversation and user.
pub(super) type Sent = HashMap<(ObjectId, ObjectId), u64>;

/// What was counted in a conversation.
pub(crate) struct Counted {
    /// Of the conversation, and of none that has its id after it was deleted.
    epoch: ObjectId,
    /// Up to this `seq`.
    last: u64,
    /// Of each user: from after which `seq`, and how many.
    users: HashMap<ObjectId, (u64, u64)>,
}

/// All places of one conversation.
pub(super) struct Everybody<'a> {
    pub(super) epoch: ObjectId,
    /// Not empty; with the same `last`.
    pub(super) places: &'a [Place],
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
struct New {
    conversation_id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
}

pub(crate) fn memory() -> Memory {
    let weight =
        |_: &ConversationId, it: &Arc<Counted>| u32::try_from(it.users.len() + 4).unwrap_or(u32::MAX);
    moka::sync::Cache::builder().weigher(weight).max_capacity(REMEMBERED).build()
}

/// How many messages of one's own are above each place. By `conversation_sender_seq`.
pub(super) async fn count(collections: &Collections, places: &[&Place]) -> Result<Sent, Fault> {
    if places.is_empty() {
        return Ok(Sent::new());
    }
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
    let aggregate = collections.messages.aggregate(pipeline).with_type::<Own>();
    let found = all(aggregate.hint(by("conversation_sender_seq"))).await?;
    Ok(found.into_iter().map(|own| ((own.owner.c, own.owner.u), number(own.count))).collect())
}

/// The same, of everybody in these conversations.
pub(super) async fn count_on(core: &Core, conversations: &[Everybody<'_>]) -> Result<Sent, Fault> {
    let remembered: Vec<_> = conversations.iter().map(|all| all.remembered(core)).collect();
    let (mut anew, mut ranges) = (Vec::new(), Vec::new());
    for (all, counted) in conversations.iter().zip(&remembered) {
        let behind = all.places.iter().filter(|place| place.read < place.last);
        anew.extend(behind.filter(|place| place.begin(counted.as_deref()).is_none()));
        if let (Some(counted), Some(first)) = (counted, all.places.first())
            && counted.last < first.last
        {
            ranges.push((first.conversation, counted.last, first.last));
        }
    }
    let (mut sent, new) = try_join!(count(&core.collections, &anew), between(&core.collections, ranges))?;
    for (all, counted) in conversations.iter().zip(remembered) {
        for place in all.places {
            let Some((after, count)) = place.begin(counted.as_deref()) else { continue };
            let new = new.get(&place.conversation).into_iter().flatten();
            let own = new.filter(|(sender, seq)| *sender == place.user && *seq > after);
            sent.insert((place.conversation, place.user), count + own.count() as u64);
        }
        all.remember(core, &sent);
    }
    Ok(sent)
}

impl Place {
    /// From where on is to be counted, and what was counted up to there; `None` where all of it is.
    fn begin(&self, counted: Option<&Counted>) -> Option<(u64, u64)> {
        let counted = counted?;
        match counted.users.get(&self.user) {
            Some((read, count)) if *read == self.read => Some((counted.last, *count)),
            _ => (self.read >= counted.last).then_some((self.read, 0)),
        }
    }
}

impl Everybody<'_> {
    fn remembered(&self, core: &Core) -> Option<Arc<Counted>> {
        let first = self.places.first()?;
        let counted = core.sent.get(&ConversationId::of(first.conversation))?;
        (counted.epoch == self.epoch && counted.last <= first.last).then_some(counted)
    }

    fn remember(&self, core: &Core, sent: &Sent) {
        let Some(Place { conversation, last, .. }) = self.places.first() else { return };
        // Who has read past the end since it was looked for is not counted up to there.
        let users = self.places.iter().filter(|place| place.read <= *last).map(|place| {
            let count = sent.get(&(place.conversation, place.user)).copied().unwrap_or(0);
            (place.user, (place.read, count))
        });
        let counted = Counted { epoch: self.epoch, last: *last, users: users.collect() };
        core.sent.insert(ConversationId::of(*conversation), Arc::new(counted));
    }
}

/// Senders and places of messages after one and up to another. By `conversation_seq`.
async fn between(
    collections: &Collections,
    ranges: Vec<(ObjectId, u64, u64)>,
) -> Result<HashMap<ObjectId, Vec<(ObjectId, u64)>>, Fault> {
    let mut found = HashMap::<_, Vec<_>>::new();
    if ranges.is_empty() {
        return Ok(found);
    }
    let ranges = ranges.into_iter().map(|(conversation, after, up_to)| {
        doc! { "conversationId": conversation, "seq": { "$gt": long(after), "$lte": long(up_to) } }
    });
    let messages = collections.messages.clone_with_type::<New>();
    let find = messages.find(doc! { "$or": ranges.collect::<Vec<Document>>() });
    let fields = doc! { "_id": 0, "conversationId": 1, "senderId": 1, "seq": 1 };
    for New { conversation_id, sender_id, seq } in all(find.projection(fields).hint(by(name::SEQ))).await? {
        found.entry(conversation_id).or_default().push((sender_id, number(seq)));
    }
    Ok(found)
}
