//! Moves delivered watermarks, and finds the messages that reach their first recipient by that.

use std::collections::BTreeMap;

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{Delivered, Delivery};
use rusqlite::{Connection, OptionalExtension};

use super::super::fault::Fault;
use super::super::place::{number_of, place};

/// Moves the watermarks of those of the users who are behind.
pub(super) fn mark(db: &Connection, deliveries: &[Delivery]) -> Result<Vec<Delivered>, Fault> {
    let mut reached = Vec::new();
    for delivery in deliveries {
        mark_in(db, delivery, &mut reached)?;
    }
    Ok(reached)
}

/// In one conversation. Messages that the caller has at hand are read all the same: they are near.
fn mark_in(db: &Connection, delivery: &Delivery, reached: &mut Vec<Delivered>) -> Result<(), Fault> {
    let Delivery { conversation: id, users, up_to, written: _ } = delivery;
    let found: Option<(i64, i64)> = db
        .prepare_cached("SELECT number, last_seq FROM conversations WHERE id = ?1")?
        .query_row([id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, last)) = found else { return Ok(()) };
    // What is not there yet can't have been delivered.
    let up_to = last.min(place(0, *up_to));
    let mut watermark =
        db.prepare_cached("SELECT delivered_seq FROM participants WHERE conversation = ?1 AND user = ?2")?;
    let mut behind = Vec::new();
    for user in users {
        let delivered = watermark.query_row((number, user.bytes()), |row| row.get(0)).optional()?;
        behind.extend(delivered.filter(|at| *at < up_to).map(|delivered| Behind { user: *user, delivered }));
    }
    Range { number, id: *id, up_to }.deliver(db, &behind, u32::MAX, reached)?;
    Ok(())
}

/// By `participants_by_user`.
const BEHIND: &str = "SELECT c.number, c.id, c.last_seq, p.delivered_seq FROM participants p \
                      CROSS JOIN conversations c ON c.number = p.conversation \
                      WHERE p.user = ?1 AND p.delivered_seq < c.last_seq";

/// Those of the users who are behind anywhere.
pub(super) fn behind(db: &Connection, users: &[UserId]) -> Result<Vec<UserId>, Fault> {
    let mut statement = db.prepare_cached(BEHIND)?;
    let mut behind = Vec::new();
    for user in users {
        if statement.exists([user.bytes()])? {
            behind.push(*user);
        }
    }
    Ok(behind)
}

/// Moves all watermarks of these users, past at most `limit` messages; and whether there are more.
pub(super) fn pending(
    db: &Connection,
    users: &[UserId],
    limit: u32,
) -> Result<(Vec<Delivered>, bool), Fault> {
    let mut ranges: BTreeMap<i64, (Range, Vec<Behind>)> = BTreeMap::new();
    let mut statement = db.prepare_cached(BEHIND)?;
    for user in users {
        let mut rows = statement.query([user.bytes()])?;
        while let Some(row) = rows.next()? {
            let (number, id) = (row.get(0)?, ConversationId::from_bytes(row.get(1)?));
            let range = Range { number, id, up_to: row.get(2)? };
            let (_, behind) = ranges.entry(number).or_insert_with(|| (range, Vec::new()));
            behind.push(Behind { user: *user, delivered: row.get(3)? });
        }
    }
    let mut reached = Vec::new();
    let mut left = limit;
    for (range, behind) in ranges.into_values() {
        if left == 0 {
            return Ok((reached, true));
        }
        let (passed, all) = range.deliver(db, &behind, left, &mut reached)?;
        if !all {
            return Ok((reached, true));
        }
        left = left.saturating_sub(passed);
    }
    Ok((reached, false))
}

/// Messages of a conversation, up to one.
struct Range {
    number: i64,
    id: ConversationId,
    up_to: i64,
}

/// A participant to whom messages are delivered now.
struct Behind {
    user: UserId,
    delivered: i64,
}

impl Range {
    /// Delivers at most `limit` messages, adds those that reach their first recipient, and answers
    /// how many were passed and whether that was all.
    fn deliver(
        &self,
        db: &Connection,
        behind: &[Behind],
        limit: u32,
        reached: &mut Vec<Delivered>,
    ) -> Result<(u32, bool), Fault> {
        let Some(lowest) = behind.iter().map(|behind| behind.delivered).min() else { return Ok((0, true)) };
        let before = self.recipients_past(db, lowest)?;
        let mut statement = db.prepare_cached(
            "SELECT seq_place, id, sender, deleted FROM messages \
             WHERE seq_place > ?1 AND seq_place <= ?2 ORDER BY seq_place LIMIT ?3",
        )?;
        let mut rows =
            statement.query((self.number << 32 | lowest, self.number << 32 | self.up_to, limit))?;
        let (mut passed, mut last) = (0, lowest);
        while let Some(row) = rows.next()? {
            passed += 1;
            last = i64::try_from(number_of(row.get(0)?)).unwrap_or(i64::MAX);
            let sender = UserId::from_bytes(row.get(2)?);
            let receives = behind.iter().any(|behind| behind.user != sender && behind.delivered < last);
            let had = before.iter().any(|other| other.user != sender && other.has(last));
            if receives && !had && !row.get(3)? {
                let message = MessageId::from_bytes(row.get(1)?);
                reached.push(Delivered { message, conversation: self.id, sender });
            }
        }
        drop(rows);
        let mut advance = db.prepare_cached(
            "UPDATE participants SET delivered_seq = ?3 \
             WHERE conversation = ?1 AND user = ?2 AND delivered_seq < ?3",
        )?;
        for Behind { user, .. } in behind {
            advance.execute((self.number, user.bytes(), last))?;
        }
        Ok((passed, last >= self.up_to))
    }

    /// Those who have received anything past this `seq`. By the key.
    fn recipients_past(&self, db: &Connection, seq: i64) -> Result<Vec<Recipient>, Fault> {
        let recipients = db
            .prepare_cached(
                "SELECT user, joined_seq, delivered_seq FROM participants \
                 WHERE conversation = ?1 AND delivered_seq > ?2",
            )?
            .query_map((self.number, seq), |row| {
                Ok(Recipient {
                    user: UserId::from_bytes(row.get(0)?),
                    joined: row.get(1)?,
                    delivered: row.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(recipients)
    }
}

/// Somebody to whom some of the messages were delivered before.
struct Recipient {
    user: UserId,
    joined: i64,
    delivered: i64,
}

impl Recipient {
    /// Whoever joined after a message starts past it without having received it.
    fn has(&self, seq: i64) -> bool {
        self.joined < seq && seq <= self.delivered
    }
}
