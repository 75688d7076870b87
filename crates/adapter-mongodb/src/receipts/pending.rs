//! What users have not received yet, in all of their conversations.

use std::collections::HashMap;
use std::future::ready;

use futures::TryStreamExt as _;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::ports::store::{Delivered, Delivery};
use serde::Deserialize;

use super::deliver;
use super::watermark::{DeliveriesDocument, state};
use crate::Core;
use crate::conversations::ParticipantDocument;
use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::timeline;
use crate::values::{Id as _, oids};

/// Conversations that are delivered at a time.
const AT_ONCE: u64 = 8;
/// Conversations whose readers are asked for at a time.
const READ: usize = 1_000;

/// A conversation, as far as it is these users'.
#[derive(Deserialize)]
struct Theirs {
    #[serde(rename = "_id")]
    id: ObjectId,
    /// Those of the users.
    participants: Vec<ParticipantDocument>,
    /// None or one.
    seq: Vec<Document>,
    /// None or one, with these users' alone.
    deliveries: Vec<DeliveriesDocument>,
}

impl Theirs {
    fn last(&self) -> u64 {
        timeline::highest_of(&self.seq, "seq")
    }

    fn delivered(&self, participant: &ParticipantDocument) -> u64 {
        self.deliveries.first().map_or(0, |deliveries| deliveries.to(participant.user_id))
    }

    /// Whether somebody is behind, as far as is known without what they have read.
    fn may_be_behind(&self) -> bool {
        let last = self.last();
        self.participants.iter().any(|it| state(it, None, self.delivered(it)).0.delivered_seq < last)
    }
}

/// Moves all watermarks of these users, past at most `limit` messages; and whether there may be more.
pub(super) async fn deliver(
    core: &Core,
    users: &[UserId],
    limit: u32,
) -> Result<(Vec<Delivered>, bool), Fault> {
    let mut behind = behind(&core.collections, users).await?.into_iter();
    let (mut told, mut more) = (Vec::new(), false);
    let mut left = u64::from(limit);
    while left > 0 {
        let some: Vec<_> = behind.by_ref().take(left.min(AT_ONCE) as usize).collect();
        let Some(share) = left.checked_div(some.len() as u64) else { return Ok((told, more)) };
        let outcome = deliver::deliver(core, &some, i64::try_from(share).unwrap_or(i64::MAX)).await?;
        more |= outcome.cut;
        left = left.saturating_sub(outcome.passed);
        told.extend(outcome.told);
    }
    Ok((told, true))
}

/// Who is behind, and where.
async fn behind(collections: &Collections, users: &[UserId]) -> Result<Vec<Delivery>, Fault> {
    let mut behind = Vec::new();
    for conversations in candidates(collections, users).await?.chunks(READ) {
        // By `conversation_user`.
        let ids: Vec<_> = conversations.iter().map(|it| it.id).collect();
        let read = doc! { "conversationId": { "$in": ids }, "userId": { "$in": oids(users) } };
        let read = all(collections.watermarks.find(read)).await?;
        let read: HashMap<_, _> = read
            .into_iter()
            .map(|watermark| ((watermark.conversation_id, watermark.user_id), watermark))
            .collect();
        for conversation in conversations {
            let last = conversation.last();
            let is_behind = |it: &&ParticipantDocument| {
                let read = read.get(&(conversation.id, it.user_id));
                state(it, read, conversation.delivered(it)).0.delivered_seq < last
            };
            let theirs = conversation.participants.iter().filter(is_behind);
            let users: Vec<_> = theirs.map(|it| UserId::of(it.user_id)).collect();
            if !users.is_empty() {
                let conversation = ConversationId::of(conversation.id);
                behind.push(Delivery { conversation, users, up_to: last, written: Vec::new() });
            }
        }
    }
    Ok(behind)
}

/// Conversations in which somebody may be behind. By `participant`, then by `conversation_seq` and
/// the key, once for each conversation, however many of the users have it.
async fn candidates(collections: &Collections, users: &[UserId]) -> Result<Vec<Theirs>, Fault> {
    let theirs = doc! { "$filter": {
        "input": "$participants",
        "cond": { "$in": ["$$this.userId", oids(users)] },
    } };
    let mut delivered = doc! { "version": 1 };
    delivered.extend(users.iter().map(|user| (format!("seqs.{user}"), 1.into())));
    let pipeline = [
        doc! { "$match": { "participants.userId": { "$in": oids(users) } } },
        doc! { "$project": { "participants": theirs } },
        timeline::with_highest("seq"),
        doc! { "$lookup": {
            "from": "deliveries",
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{ "$project": delivered }],
            "as": "deliveries",
        } },
    ];
    let found = collections.conversations.aggregate(pipeline).with_type::<Theirs>();
    within(async { found.await?.try_filter(|it| ready(it.may_be_behind())).try_collect().await }).await
}
