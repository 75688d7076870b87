//! Moves read watermarks.

use std::collections::BTreeSet;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{ReadSpan, Unread};
use natter_domain::time::Timestamp;

use super::of_others;
use super::watermark::{WatermarkDocument, state};
use crate::contention::Attempts;
use crate::conversations::by_id;
use crate::fault::{Fault, unless_taken, within};
use crate::schema::Collections;
use crate::timeline;
use crate::values::{Id as _, date, long, oids};

/// Most messages above the watermark that are kept as read one by one. Past it the watermark moves
/// up to the lowest of them: who has read so much above a gap won't read the gap.
const SINGLES: usize = 10_000;

/// What a participant had read before.
struct Before {
    conversation: ObjectId,
    user: ObjectId,
    /// `None` where there is no document yet.
    version: Option<i64>,
    read: u64,
    read_at: Option<Timestamp>,
    singles: BTreeSet<u64>,
    highest: u64,
    /// The conversation's latest message's.
    last: u64,
}

impl Before {
    /// `None` if they don't take part. By `conversation_user`.
    async fn load(
        collections: &Collections,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Option<Self>, Fault> {
        let theirs = doc! { "conversationId": conversation.oid(), "userId": user.oid() };
        let (found, watermark, last) = try_join!(
            by_id(collections, conversation),
            within(collections.watermarks.find_one(theirs)),
            timeline::last_seq(collections, conversation),
        )?;
        let Some(participant) = found.as_ref().and_then(|found| found.participant(user)) else {
            return Ok(None);
        };
        let (receipt, singles) = state(participant, watermark.as_ref(), 0);
        Ok(Some(Self {
            conversation: conversation.oid(),
            user: user.oid(),
            version: watermark.as_ref().map(|watermark| watermark.version),
            read: receipt.read_seq,
            read_at: receipt.read_at,
            singles: singles.into_iter().collect(),
            highest: watermark.map_or(0, |watermark| crate::values::number(watermark.highest)),
            last,
        }))
    }

    /// Writes what is read now, if that was still so; `false` if somebody has been faster.
    async fn write(
        &self,
        collections: &Collections,
        read: u64,
        mut singles: BTreeSet<u64>,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        let mut read = read;
        while singles.len() > SINGLES {
            read = singles.pop_first().unwrap_or(read).max(read);
        }
        singles.retain(|seq| *seq > read);
        let highest = self.highest.max(read).max(singles.last().copied().unwrap_or(0));
        let read_at = if read > self.read { Some(at) } else { self.read_at };
        let after = WatermarkDocument {
            conversation_id: self.conversation,
            user_id: self.user,
            version: self.version.unwrap_or(0) + 1,
            read_seq: long(read),
            read_at: read_at.map(date),
            singles: singles.into_iter().map(long).collect(),
            highest: long(highest),
        };
        let Some(version) = self.version else {
            return Ok(unless_taken(within(collections.watermarks.insert_one(after)).await)?.is_some());
        };
        let unchanged = doc! { "conversationId": self.conversation, "userId": self.user, "version": version };
        Ok(within(collections.watermarks.replace_one(unchanged, after)).await?.matched_count > 0)
    }
}

/// Marks single messages as read, and folds into the watermark what it can pass.
pub(super) async fn mark(
    collections: &Collections,
    conversation: ConversationId,
    reader: UserId,
    messages: &[MessageId],
    at: Timestamp,
) -> Result<Vec<Unread>, Fault> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let named = doc! { "_id": { "$in": oids(messages) } };
    let named = of_others(collections, conversation, reader, named, 0).await?;
    let mut attempts = Attempts::new();
    loop {
        let Some(before) = Before::load(collections, conversation, reader).await? else {
            return Ok(Vec::new());
        };
        let mut now_read = named.clone();
        now_read.retain(|message| message.seq > before.read && !before.singles.contains(&message.seq));
        if now_read.is_empty() {
            return Ok(now_read);
        }
        let mut singles = before.singles.clone();
        singles.extend(now_read.iter().map(|message| message.seq));
        let read = fold(collections, conversation, reader, &before, &singles).await?;
        if before.write(collections, read, singles, at).await? {
            return Ok(now_read);
        }
        attempts.another().await?;
    }
}

/// How far the watermark can go: past one's own messages, deleted ones, and those that were read
/// one by one. What it can't pass is the first one that is none of these.
async fn fold(
    collections: &Collections,
    conversation: ConversationId,
    reader: UserId,
    before: &Before,
    singles: &BTreeSet<u64>,
) -> Result<u64, Fault> {
    let not_read: Vec<_> = singles.iter().map(|seq| long(*seq)).collect();
    let filter: Document = doc! { "seq": { "$gt": long(before.read), "$nin": not_read } };
    let unread = of_others(collections, conversation, reader, filter, 1).await?;
    let reached = unread.first().map_or(before.last, |message| message.seq.saturating_sub(1));
    Ok(reached.max(before.read))
}

/// Moves the watermark there, whatever lies between.
pub(super) async fn mark_all(
    collections: &Collections,
    conversation: ConversationId,
    reader: UserId,
    up_to: u64,
    at: Timestamp,
) -> Result<Option<ReadSpan>, Fault> {
    let mut attempts = Attempts::new();
    loop {
        let Some(before) = Before::load(collections, conversation, reader).await? else { return Ok(None) };
        // What is not there yet can't have been read.
        let up_to = up_to.min(before.last);
        if up_to <= before.read {
            return Ok(None);
        }
        if before.write(collections, up_to, before.singles.clone(), at).await? {
            let read_before = before.singles.range(..=up_to).copied().collect();
            return Ok(Some(ReadSpan { after: before.read, up_to, read_before }));
        }
        attempts.another().await?;
    }
}
