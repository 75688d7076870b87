//! Watermarks of what was delivered and read.

mod deliver;
mod reading;

use async_trait::async_trait;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{Delivered, Delivery, ReadSpan, ReceiptStore, StoreError, Unread};
use natter_domain::receipt::Receipt;
use natter_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::SqliteStore;
use super::conversations::number;
use super::fault::Fault;
use super::place::{end, number_of, place};

/// Conversations in which is delivered at once, so that messages don't wait long for the writer.
const DELIVERIES: usize = 64;

#[async_trait]
impl ReceiptStore for SqliteStore {
    async fn receipts(&self, conversation: ConversationId) -> Result<Vec<(Receipt, Vec<u64>)>, StoreError> {
        self.engine.read(move |db| receipts(db, conversation)).await
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        messages: &[MessageId],
        at: Timestamp,
    ) -> Result<Vec<Unread>, StoreError> {
        let messages = messages.to_vec();
        self.engine.write(move |unit| reading::mark(unit, conversation, reader, &messages, at)).await
    }

    async fn mark_all_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        up_to: u64,
        at: Timestamp,
    ) -> Result<Option<ReadSpan>, StoreError> {
        self.engine.write(move |unit| reading::mark_all(unit, conversation, reader, up_to, at)).await
    }

    async fn others_messages(
        &self,
        conversation: ConversationId,
        reader: UserId,
        after: u64,
        up_to: u64,
        limit: u32,
    ) -> Result<Vec<Unread>, StoreError> {
        self.engine.read(move |db| others_messages(db, conversation, reader, (after, up_to), limit)).await
    }

    async fn mark_delivered(
        &self,
        deliveries: &[Delivery],
        at: Timestamp,
    ) -> Result<Vec<Delivered>, StoreError> {
        // When something was delivered is not asked for.
        let _ = at;
        let mut reached = Vec::new();
        for deliveries in deliveries.chunks(DELIVERIES) {
            let deliveries = deliveries.to_vec();
            reached.extend(self.engine.write(move |unit| deliver::mark(unit, &deliveries)).await?);
        }
        Ok(reached)
    }

    async fn deliver_pending(
        &self,
        users: &[UserId],
        at: Timestamp,
        limit: u32,
    ) -> Result<(Vec<Delivered>, bool), StoreError> {
        let _ = at;
        // Most who connect have nothing pending, and need not wait for the writer to hear it.
        let users = users.to_vec();
        let behind = self.engine.read(move |db| deliver::behind(db, &users)).await?;
        if behind.is_empty() {
            return Ok((Vec::new(), false));
        }
        self.engine.write(move |unit| deliver::pending(unit, &behind, limit)).await
    }
}

/// A participant's watermarks in a conversation.
struct Watermarks {
    conversation: i64,
    last_seq: u64,
    delivered: u64,
    read: u64,
}

impl Watermarks {
    fn load(db: &Connection, conversation: ConversationId, user: UserId) -> Result<Option<Self>, Fault> {
        let found: Option<[i64; 4]> = db
            .prepare_cached(
                "SELECT c.number, c.last_seq, p.delivered_seq, p.read_seq FROM conversations c \
                 JOIN participants p ON p.conversation = c.number WHERE c.id = ?1 AND p.user = ?2",
            )?
            .query_row((conversation.bytes(), user.bytes()), |row| {
                Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
            })
            .optional()?;
        Ok(found.map(|[conversation, last_seq, delivered, read]| Self {
            conversation,
            last_seq: number_of(last_seq),
            delivered: number_of(delivered),
            read: number_of(read),
        }))
    }
}

fn receipts(db: &Connection, conversation: ConversationId) -> Result<Vec<(Receipt, Vec<u64>)>, Fault> {
    let Some(number) = number(db, conversation)? else { return Ok(Vec::new()) };
    let mut participants = db.prepare_cached(
        "SELECT user, joined_seq, delivered_seq, read_seq, read_at FROM participants WHERE conversation = ?1 \
         ORDER BY position",
    )?;
    let receipts = participants.query_map([number], |row| {
        Ok(Receipt {
            user: UserId::from_bytes(row.get(0)?),
            joined_seq: number_of(row.get(1)?),
            delivered_seq: number_of(row.get(2)?),
            read_seq: number_of(row.get(3)?),
            read_at: row.get::<_, Option<_>>(4)?.map(Timestamp::from_millis),
        })
    })?;
    let with_singles = receipts.map(|receipt| {
        let receipt = receipt?;
        let singles = reading::singles(db, receipt.user, place(number, receipt.read_seq), end(number))?;
        Ok((receipt, singles.into_iter().map(number_of).collect()))
    });
    with_singles.collect()
}

/// By the key.
fn others_messages(
    db: &Connection,
    conversation: ConversationId,
    reader: UserId,
    (after, up_to): (u64, u64),
    limit: u32,
) -> Result<Vec<Unread>, Fault> {
    let Some(number) = number(db, conversation)? else { return Ok(Vec::new()) };
    let messages = db
        .prepare_cached(
            "SELECT id, sender, seq_place FROM messages WHERE seq_place > ?1 AND seq_place <= ?2 \
             AND sender <> ?3 AND deleted = 0 ORDER BY seq_place LIMIT ?4",
        )?
        .query_map((place(number, after), place(number, up_to), reader.bytes(), limit), |row| {
            Ok(Unread {
                message: MessageId::from_bytes(row.get(0)?),
                sender: UserId::from_bytes(row.get(1)?),
                seq: number_of(row.get(2)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(messages)
}
