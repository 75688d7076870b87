//! Watermarks of what was delivered and read.

use async_trait::async_trait;

use super::StoreError;
use crate::id::{ConversationId, MessageId, UserId};
use crate::receipt::Receipt;
use crate::time::Timestamp;

/// What a reader's watermark passed when they read everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSpan {
    /// It stood here.
    pub after: u64,
    /// It stands here.
    pub up_to: u64,
    /// Between the two, but read one by one before.
    pub read_before: Vec<u64>,
}

/// A message that somebody has read now, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub message: MessageId,
    /// Whose.
    pub sender: UserId,
    /// Where in the conversation.
    pub seq: u64,
}

/// Messages that have reached their first recipient now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Which.
    pub message: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Whose: to be told.
    pub sender: UserId,
}

/// Messages that some have on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where.
    pub conversation: ConversationId,
    /// Who has them. Who does not take part has nothing.
    pub users: Vec<UserId>,
    /// They have everything up to this `seq`.
    pub up_to: u64,
    /// The last of these messages, in order of `seq`, where the caller has just written them: what is
    /// here, the store need not read.
    pub written: Vec<Unread>,
}

/// Watermarks. They never go back, and every call may be repeated.
#[async_trait]
pub trait ReceiptStore: Send + Sync {
    /// Everybody's, in the order of the participants; with the `seq`s above `read_seq` that were
    /// read one by one.
    async fn receipts(&self, conversation: ConversationId) -> Result<Vec<(Receipt, Vec<u64>)>, StoreError>;

    /// Marks these messages of others as read, and answers those that were not before, in order of
    /// `seq`. What the watermark can pass, it passes: one's own and deleted messages need no
    /// reading. Reading is being delivered, too.
    async fn mark_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        messages: &[MessageId],
        at: Timestamp,
    ) -> Result<Vec<Unread>, StoreError>;

    /// Marks everything up to this `seq` as read, at a cost that does not grow with how much it is;
    /// `None` if it was so already.
    async fn mark_all_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        up_to: u64,
        at: Timestamp,
    ) -> Result<Option<ReadSpan>, StoreError>;

    /// Messages of others than `reader` with `after < seq <= up_to`, without deleted ones, in order
    /// of `seq`, at most `limit`.
    async fn others_messages(
        &self,
        conversation: ConversationId,
        reader: UserId,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Unread>, StoreError>;

    /// Messages have reached devices, in any number of conversations. Answers those that had not
    /// reached another recipient than their sender before: each message is answered once, whoever
    /// calls this and [`ReceiptStore::deliver_pending`] at the same time. What is not there yet
    /// can't have been delivered; a conversation that is not there has nothing to deliver.
    ///
    /// Where only some of it could be done, that is answered; the rest is done with the next
    /// delivery in the same conversation.
    async fn mark_delivered(
        &self,
        deliveries: &[Delivery],
        at: Timestamp,
    ) -> Result<Vec<Delivered>, StoreError>;

    /// These users have everything in all of their conversations on a device: advances their
    /// watermarks past at most `limit` undelivered messages, and answers those that had not reached
    /// another recipient before; and whether there is more to do.
    async fn deliver_pending(
        &self,
        users: &[UserId],
        at: Timestamp,
        limit: u32,
    ) -> Result<(Vec<Delivered>, bool), StoreError>;
}
