//! How far each participant has received and read.

use crate::id::{ConversationId, MessageId, UserId};
use crate::time::Timestamp;

/// A participant's watermarks: everything up to them has been delivered, or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose.
    pub user: UserId,
    /// Messages up to this `seq` were there before they joined: these count as read, though nobody
    /// sent them to this participant.
    pub joined_seq: u64,
    /// Highest `seq` that reached one of their devices.
    pub delivered_seq: u64,
    /// All of others' messages up to this `seq` are read.
    pub read_seq: u64,
    /// When `read_seq` last moved.
    pub read_at: Option<Timestamp>,
}

/// Messages that one reader has now read, all of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadReceipt {
    /// Where.
    pub conversation: ConversationId,
    /// Which; at most [`IDS_PER_EVENT`].
    pub messages: Vec<MessageId>,
    /// By whom.
    pub reader: UserId,
    /// When.
    pub at: Timestamp,
}

/// Ids in one receipt event; a longer list goes in several.
pub const IDS_PER_EVENT: usize = 500;
