//! What users have not received yet, in all of their conversations.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
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
}

/// How far it is, and how far it has been delivered.
struct Reached<'a> {
    theirs: &'a Theirs,
    last: u64,
    /// With these users' alone.
    delivered: Option<DeliveriesDocument>,
}

impl Reached<'_> {
    /// Who of them is behind, as far as `read` tells what they have read.
    fn behind(&self, read: &HashMap<(ObjectId, ObjectId), WatermarkDocument>) -> Vec<UserId> {
        let is_behind = |it: &&ParticipantDocument| {
            let delivered = self.delivered.as_ref().map_or(0, |deliveries| deliveries.to(it.user_id));
            state(it, read.get(&(self.theirs.id, it.user_id)), delivered).0.delivered_seq < self.last
        };
        self.theirs.participants.iter().filter(is_behind).map(|it| UserId::of(it.user_id)).collect()
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
    for some in conversations(collections, users).await?.chunks(READ) {
        let mut reached = reached(collections, some, users).await?;
        // Most are not, which is known without what they have read.
        reached.retain(|it| !it.behind(&HashMap::new()).is_empty());
        if reached.is_empty() {
            continue;
        }
        // By `conversation_user`.
        let ids: Vec<_> = reached.iter().map(|it| it.theirs.id).collect();
        let read = doc! { "conversationId": { "$in": ids }, "userId": { "$in": oids(users) } };
        let read = all(collections.watermarks.find(read)).await?;
        let read = read.into_iter().map(|it| ((it.conversation_id, it.user_id), it)).collect();
        behind.extend(reached.into_iter().filter_map(|it| {
            let users = it.behind(&read);
            let conversation = ConversationId::of(it.theirs.id);
            (!users.is_empty()).then(|| Delivery { conversation, users, up_to: it.last, written: Vec::new() })
        }));
    }
    Ok(behind)
}

/// All that these users have, once each. By `participant`.
async fn conversations(collections: &Collections, users: &[UserId]) -> Result<Vec<Theirs>, Fault> {
    let theirs = doc! { "$filter": {
        "input": "$participants",
        "cond": { "$in": ["$$this.userId", oids(users)] },
    } };
    let find = collections.conversations.clone_with_type::<Theirs>();
    let find = find.find(doc! { "participants.userId": { "$in": oids(users) } });
    all(find.projection(doc! { "participants": theirs })).await
}

/// By `conversation_seq`, and by the key.
async fn reached<'a>(
    collections: &Collections,
    conversations: &'a [Theirs],
    users: &[UserId],
) -> Result<Vec<Reached<'a>>, Fault> {
    let ids = || -> Vec<Bson> { conversations.iter().map(|it| Bson::ObjectId(it.id)).collect() };
    let mut shown = doc! { "version": 1 };
    shown.extend(users.iter().map(|user| (format!("seqs.{user}"), 1.into())));
    let delivered = collections.deliveries.find(doc! { "_id": { "$in": ids() } }).projection(shown);
    let (last, delivered) = try_join!(timeline::highest(collections, ids(), "seq"), all(delivered))?;
    let mut delivered: HashMap<_, _> = delivered.into_iter().map(|it| (it.conversation, it)).collect();
    let reached = |theirs: &'a Theirs| Reached {
        theirs,
        last: last.get(&theirs.id).copied().unwrap_or(0),
        delivered: delivered.remove(&theirs.id),
    };
    Ok(conversations.iter().map(reached).collect())
}
