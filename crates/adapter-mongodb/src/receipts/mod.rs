//! Watermarks of what was delivered and read.
//!
//! - What a participant has read is a document of theirs in a conversation: a watermark, and what
//!   was read one by one above it. It is changed under its own `version`, so that readers are in
//!   nobody's way.
//! - How far messages have been delivered, to everybody in a conversation, is one document, changed
//!   under one `version`: a message is told of when it reaches its first recipient, and that is
//!   decided over all of them at once.
//!
//! Whoever has no such document starts where they joined: see [`crate::conversations`]. Reading is
//! being delivered without another write: the higher of the two counts ([`state`]).

mod advance;
mod deliver;
mod pending;
mod reading;
mod recipients;
mod watermark;

use std::collections::HashMap;

use async_trait::async_trait;
use futures::try_join;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{Delivered, Delivery, ReadSpan, ReceiptStore, StoreError, Unread};
use natter_domain::receipt::Receipt;
use natter_domain::time::Timestamp;

use crate::MongoStore;
use crate::conversations::ParticipantDocument;
use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, long, number, oids};

pub(crate) use recipients::{Memory as RecipientMemory, memory as recipient_memory};
pub(crate) use watermark::{DeliveriesDocument, WatermarkDocument, state};

/// Conversations whose receipts are read at once: of a large group there are many.
const CONVERSATIONS: usize = 100;

#[async_trait]
impl ReceiptStore for MongoStore {
    async fn receipts(&self, conversation: ConversationId) -> Result<Vec<(Receipt, Vec<u64>)>, StoreError> {
        Ok(self.core().reads.receipts.read(conversation).await?.unwrap_or_default())
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        messages: &[MessageId],
        at: Timestamp,
    ) -> Result<Vec<Unread>, StoreError> {
        Ok(reading::mark(self.collections(), conversation, reader, messages, at).await?)
    }

    async fn mark_all_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        up_to: u64,
        at: Timestamp,
    ) -> Result<Option<ReadSpan>, StoreError> {
        Ok(reading::mark_all(self.collections(), conversation, reader, up_to, at).await?)
    }

    async fn others_messages(
        &self,
        conversation: ConversationId,
        reader: UserId,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Unread>, StoreError> {
        let range = doc! { "seq": { "$gt": long(after), "$lte": long(up_to) } };
        Ok(of_others(self.collections(), conversation, reader, range, i64::from(limit)).await?)
    }

    async fn mark_delivered(
        &self,
        deliveries: &[Delivery],
        at: Timestamp,
    ) -> Result<Vec<Delivered>, StoreError> {
        // When something was delivered is not asked for.
        let _ = at;
        Ok(deliver::deliver(self.core(), deliveries, i64::MAX).await?.told)
    }

    async fn deliver_pending(
        &self,
        users: &[UserId],
        at: Timestamp,
        limit: u32,
    ) -> Result<(Vec<Delivered>, bool), StoreError> {
        let _ = at;
        Ok(pending::deliver(self.core(), users, limit).await?)
    }
}

/// Everybody's, in the order of the participants, in those of the conversations that are there. By the
/// keys and `conversation_user`.
pub(crate) async fn of(
    collections: &Collections,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Vec<(Receipt, Vec<u64>)>>, Fault> {
    let mut receipts = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(CONVERSATIONS) {
        let these = || doc! { "$in": oids(ids) };
        let conversations = all(collections.conversations.find(doc! { "_id": these() }));
        let read = all(collections.watermarks.find(doc! { "conversationId": these() }));
        let delivered = all(collections.deliveries.find(doc! { "_id": these() }));
        let (conversations, read, delivered) = try_join!(conversations, read, delivered)?;
        let read: HashMap<_, _> = read
            .iter()
            .map(|watermark| ((watermark.conversation_id, watermark.user_id), watermark))
            .collect();
        let delivered: HashMap<_, _> =
            delivered.iter().map(|deliveries| (deliveries.conversation, deliveries)).collect();
        for conversation in conversations {
            let receipt = |participant: &ParticipantDocument| {
                let delivered = delivered.get(&conversation.id).map_or(0, |it| it.to(participant.user_id));
                let read = read.get(&(conversation.id, participant.user_id)).copied();
                state(participant, read, delivered)
            };
            let everybody = conversation.participants.iter().map(receipt).collect();
            receipts.insert(ConversationId::of(conversation.id), everybody);
        }
    }
    Ok(receipts)
}

/// Deletes what somebody who left has read. If it stays, it counts for nothing.
pub(crate) async fn forget(
    collections: &Collections,
    conversation: ConversationId,
    user: UserId,
) -> Result<(), Fault> {
    let theirs = doc! { "conversationId": conversation.oid(), "userId": user.oid() };
    within(collections.watermarks.delete_one(theirs)).await?;
    Ok(())
}

/// Others' messages that are not deleted, in order of `seq`. By `conversation_seq`, or by the key.
async fn of_others(
    collections: &Collections,
    conversation: ConversationId,
    reader: UserId,
    mut filter: Document,
    limit: i64,
) -> Result<Vec<Unread>, Fault> {
    filter.insert("conversationId", conversation.oid());
    filter.insert("senderId", doc! { "$ne": reader.oid() });
    filter.insert("deleted", false);
    let messages = collections.messages.clone_with_type::<Document>();
    let find = messages.find(filter).sort(doc! { "seq": 1 }).limit(limit);
    let found = all(find.projection(doc! { "senderId": 1, "seq": 1 })).await?;
    let read = |message: Document| {
        Some(Unread {
            message: MessageId::of(message.get_object_id("_id").ok()?),
            sender: UserId::of(message.get_object_id("senderId").ok()?),
            seq: number(message.get_i64("seq").ok()?),
        })
    };
    found.into_iter().map(|message| read(message).ok_or(Fault::Malformed("message"))).collect()
}
