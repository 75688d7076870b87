//! Watermarks as stored, and what they mean.

use std::collections::HashMap;

use mongodb::bson::DateTime;
use mongodb::bson::oid::ObjectId;
use natter_domain::id::UserId;
use natter_domain::receipt::Receipt;
use serde::{Deserialize, Serialize};

use crate::conversations::ParticipantDocument;
use crate::values::{Id as _, number, timestamp};

/// What a participant has read of a conversation.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WatermarkDocument {
    pub(crate) conversation_id: ObjectId,
    pub(crate) user_id: ObjectId,
    /// Counts changes.
    pub(super) version: i64,
    pub(super) read_seq: i64,
    pub(super) read_at: Option<DateTime>,
    /// Read one by one, above `read_seq`, in order.
    pub(super) singles: Vec<i64>,
    /// The highest `seq` that was ever read.
    pub(super) highest: i64,
}

/// How far messages of a conversation have been delivered.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct DeliveriesDocument {
    #[serde(rename = "_id")]
    pub(super) conversation: ObjectId,
    /// Counts changes.
    pub(super) version: i64,
    /// Which delivery changed it last.
    #[serde(default)]
    pub(super) by: Option<ObjectId>,
    /// By the participant's id.
    #[serde(default)]
    pub(super) seqs: HashMap<String, i64>,
}

impl DeliveriesDocument {
    /// How far to this user; zero if nothing was.
    pub(crate) fn to(&self, user: ObjectId) -> u64 {
        self.seqs.get(&user.to_hex()).map_or(0, |seq| number(*seq))
    }
}

/// A participant's receipt, and what they have read one by one above it.
pub(crate) fn state(
    participant: &ParticipantDocument,
    watermark: Option<&WatermarkDocument>,
    delivered: u64,
) -> (Receipt, Vec<u64>) {
    let joined = number(participant.joined_seq);
    // What is left of an earlier stay is below where this one begins.
    let mut receipt = Receipt {
        user: UserId::of(participant.user_id),
        joined_seq: joined,
        delivered_seq: joined.max(delivered),
        read_seq: joined,
        read_at: None,
    };
    let Some(watermark) = watermark else { return (receipt, Vec::new()) };
    receipt.delivered_seq = receipt.delivered_seq.max(number(watermark.highest));
    if number(watermark.read_seq) >= joined {
        receipt.read_seq = number(watermark.read_seq);
        receipt.read_at = watermark.read_at.map(timestamp);
    }
    let singles = watermark.singles.iter().map(|seq| number(*seq)).filter(|seq| *seq > receipt.read_seq);
    let singles = singles.collect();
    (receipt, singles)
}
