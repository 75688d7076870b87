//! What a user has not received yet, in all of their conversations.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::ports::store::{Delivered, Delivery};
use serde::Deserialize;

use super::deliver;
use super::watermark::{DeliveriesDocument, WatermarkDocument, state};
use crate::Core;
use crate::conversations::ParticipantDocument;
use crate::fault::{Fault, all};
use crate::schema::Collections;
use crate::timeline;
use crate::values::Id as _;

/// A conversation, as far as it is this user's.
#[derive(Deserialize)]
struct Mine {
    #[serde(rename = "_id")]
    id: ObjectId,
    /// One: the user.
    participants: Vec<ParticipantDocument>,
    /// None or one.
    seq: Vec<Document>,
    /// None or one: the user's.
    watermarks: Vec<WatermarkDocument>,
    /// None or one, with the user's alone.
    deliveries: Vec<DeliveriesDocument>,
}

impl Mine {
    fn is_behind(&self) -> bool {
        let last = timeline::highest_of(&self.seq, "seq");
        self.participants.first().is_some_and(|participant| {
            let delivered =
                self.deliveries.first().map_or(0, |deliveries| deliveries.to(participant.user_id));
            state(participant, self.watermarks.first(), delivered).0.delivered_seq < last
        })
    }
}

/// Moves all of a user's watermarks, past at most `limit` messages; and whether there are more.
pub(super) async fn deliver(core: &Core, user: UserId, limit: u32) -> Result<(Vec<Delivered>, bool), Fault> {
    let mut told = Vec::new();
    let mut left = u64::from(limit);
    let behind: Vec<_> = mine(&core.collections, user).await?.into_iter().filter(Mine::is_behind).collect();
    for conversation in behind {
        if left == 0 {
            return Ok((told, true));
        }
        let conversation = ConversationId::of(conversation.id);
        let limit = i64::try_from(left).unwrap_or(i64::MAX);
        let all = Delivery { conversation, users: vec![user], up_to: u64::MAX, written: Vec::new() };
        let delivery = deliver::deliver(core, &[all], limit).await?;
        told.extend(delivery.told);
        left = left.saturating_sub(delivery.passed);
    }
    // Where the limit was reached there may be more, in the last one or after it.
    Ok((told, left == 0))
}

/// By `participant`, then by `conversation_seq`, `conversation_user` and the key.
async fn mine(collections: &Collections, user: UserId) -> Result<Vec<Mine>, Fault> {
    let mine = doc! { "$filter": {
        "input": "$participants",
        "cond": { "$eq": ["$$this.userId", user.oid()] },
    } };
    let with = |from: &str, field: &str, pipeline: Vec<Document>| {
        doc! { "$lookup": {
            "from": from,
            "localField": "_id",
            "foreignField": field,
            "pipeline": pipeline,
            "as": from,
        } }
    };
    let own = format!("seqs.{user}");
    let pipeline = [
        doc! { "$match": { "participants.userId": user.oid() } },
        doc! { "$project": { "participants": mine } },
        timeline::with_highest("seq"),
        with("watermarks", "conversationId", vec![doc! { "$match": { "userId": user.oid() } }]),
        with("deliveries", "_id", vec![doc! { "$project": { "version": 1, own: 1 } }]),
    ];
    all(collections.conversations.aggregate(pipeline).with_type::<Mine>()).await
}
