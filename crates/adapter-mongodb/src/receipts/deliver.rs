//! Moves delivered watermarks, and finds the messages that reach their first recipient by that.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::Delivered;
use serde::Deserialize;

use super::watermark::{DeliveriesDocument, state};
use crate::contention::Attempts;
use crate::conversations::{ConversationDocument, by_id};
use crate::fault::{Fault, all, unless_taken, within};
use crate::schema::Collections;
use crate::timeline;
use crate::values::{Id as _, long, number};

/// What came of a delivery.
#[derive(Default)]
pub(super) struct Delivery {
    /// Messages that have reached their first recipient now.
    pub(super) told: Vec<Delivered>,
    /// Messages that the watermarks passed.
    pub(super) passed: u64,
}

/// A participant, and how far messages have been delivered to them.
struct Recipient {
    user: ObjectId,
    joined: u64,
    delivered: u64,
}

impl Recipient {
    /// Whoever joined after a message starts past it without having received it.
    fn has(&self, seq: u64) -> bool {
        self.joined < seq && seq <= self.delivered
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Passed {
    #[serde(rename = "_id")]
    id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
    deleted: bool,
}

/// Moves the watermarks of those of the users who are behind, past at most `limit` messages.
pub(super) async fn deliver(
    collections: &Collections,
    conversation: ConversationId,
    users: &[UserId],
    up_to: u64,
    limit: i64,
) -> Result<Delivery, Fault> {
    if users.is_empty() {
        return Ok(Delivery::default());
    }
    let (found, last) =
        try_join!(by_id(collections, conversation), timeline::last_seq(collections, conversation))?;
    let Some(found) = found else { return Ok(Delivery::default()) };
    // What is not there yet can't have been delivered.
    let up_to = last.min(up_to);
    let mut attempts = Attempts::new();
    loop {
        let (recipients, deliveries) = recipients(collections, &found).await?;
        let behind: Vec<_> = recipients
            .iter()
            .filter(|it| it.delivered < up_to && users.iter().any(|user| user.oid() == it.user))
            .collect();
        let Some(lowest) = behind.iter().map(|it| it.delivered).min() else { return Ok(Delivery::default()) };
        let messages = passed(collections, &found, lowest, up_to, limit).await?;
        let reached = messages.last().map_or(up_to, |message| number(message.seq));
        let receives = |it: &Recipient, message: &Passed| it.user != message.sender_id;
        let told = messages.iter().filter(|message| {
            let seq = number(message.seq);
            !message.deleted
                && behind.iter().any(|it| receives(it, message) && it.delivered < seq)
                && !recipients.iter().any(|it| receives(it, message) && it.has(seq))
        });
        let told = told.map(|message| Delivered {
            message: MessageId::of(message.id),
            conversation,
            sender: UserId::of(message.sender_id),
        });
        let told = told.collect();
        let seqs = behind.iter().filter(|it| it.delivered < reached).map(|it| (it.user, reached)).collect();
        if write(collections, deliveries, seqs).await? {
            return Ok(Delivery { told, passed: messages.len() as u64 });
        }
        attempts.another().await?;
    }
}

/// Everybody, and the document that says how far messages have been delivered to them.
async fn recipients(
    collections: &Collections,
    conversation: &ConversationDocument,
) -> Result<(Vec<Recipient>, DeliveriesDocument), Fault> {
    let deliveries = within(collections.deliveries.find_one(doc! { "_id": conversation.id }));
    // By `conversation_user`.
    let read = all(collections.watermarks.find(doc! { "conversationId": conversation.id }));
    let (deliveries, read) = try_join!(deliveries, read)?;
    let none = DeliveriesDocument { conversation: conversation.id, ..DeliveriesDocument::default() };
    let deliveries = deliveries.unwrap_or(none);
    let read: HashMap<_, _> = read.into_iter().map(|watermark| (watermark.user_id, watermark)).collect();
    let recipient = |participant| {
        let (receipt, _) = state(participant, read.get(&participant.user_id), deliveries.of(participant));
        Recipient {
            user: participant.user_id,
            joined: number(participant.joined_seq),
            delivered: receipt.delivered_seq,
        }
    };
    Ok((conversation.participants.iter().map(recipient).collect(), deliveries))
}

/// By `conversation_seq`.
async fn passed(
    collections: &Collections,
    conversation: &ConversationDocument,
    after: u64,
    up_to: u64,
    limit: i64,
) -> Result<Vec<Passed>, Fault> {
    let range = doc! { "$gt": long(after), "$lte": long(up_to) };
    let messages = collections.messages.clone_with_type::<Passed>();
    let find = messages.find(doc! { "conversationId": conversation.id, "seq": range });
    let fields = doc! { "senderId": 1, "seq": 1, "deleted": 1 };
    all(find.sort(doc! { "seq": 1 }).limit(limit).projection(fields)).await
}

/// Writes the watermarks if none of them has moved since; `false` if one has.
async fn write(
    collections: &Collections,
    before: DeliveriesDocument,
    seqs: Vec<(ObjectId, u64)>,
) -> Result<bool, Fault> {
    let mut set = Document::new();
    for (user, seq) in seqs {
        set.insert(format!("seqs.{}", user.to_hex()), long(seq));
    }
    if set.is_empty() {
        return Ok(true);
    }
    let unchanged = doc! { "_id": before.conversation, "version": before.version };
    let change = doc! { "$set": set, "$inc": { "version": 1_i64 } };
    // Where there is none yet, it is made; of two at once, one finds the key taken.
    let update = collections.deliveries.update_one(unchanged, change).upsert(before.version == 0);
    let updated = unless_taken(within(update).await)?;
    Ok(updated.is_some_and(|updated| updated.matched_count > 0 || updated.upserted_id.is_some()))
}
