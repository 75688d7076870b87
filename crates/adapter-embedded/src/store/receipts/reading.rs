//! Moves read watermarks.

use std::collections::BTreeSet;

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{ReadSpan, Unread};
use natter_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::super::fault::Fault;
use super::super::place::{number_of, place};
use super::Watermarks;

/// Marks single messages as read, and folds into the watermark what it can pass.
pub(super) fn mark(
    db: &Connection,
    conversation: ConversationId,
    reader: UserId,
    messages: &[MessageId],
    at: Timestamp,
) -> Result<Vec<Unread>, Fault> {
    let Some(before) = Watermarks::load(db, conversation, reader)? else { return Ok(Vec::new()) };
    let (first, last) =
        (place(before.conversation, before.read), place(before.conversation, before.last_seq));
    // By messages_by_id.
    let mut unread = db.prepare_cached(
        "SELECT id, sender, seq_place FROM messages \
         WHERE id = ?1 AND seq_place > ?2 AND seq_place <= ?3 AND sender <> ?4 AND deleted = 0",
    )?;
    let mut note =
        db.prepare_cached("INSERT OR IGNORE INTO single_reads (user, seq_place) VALUES (?1, ?2)")?;
    let mut now_read = Vec::new();
    for id in messages {
        let found = unread.query_row((id.bytes(), first, last, reader.bytes()), |row| {
            Ok((MessageId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?), row.get::<_, i64>(2)?))
        });
        let Some((message, sender, key)) = found.optional()? else { continue };
        if note.execute((reader.bytes(), key))? > 0 {
            now_read.push(Unread { message, sender, seq: number_of(key) });
        }
    }
    now_read.sort_by_key(|message| message.seq);
    let read = fold(db, reader, first, last)?;
    let highest = now_read.last().map_or(0, |message| message.seq);
    let delivered = before.delivered.max(highest).max(read);
    if read > before.read || delivered > before.delivered {
        write(db, reader, &before, Moved { read, delivered }, at)?;
    }
    Ok(now_read)
}

/// Moves the watermark there, whatever lies between.
pub(super) fn mark_all(
    db: &Connection,
    conversation: ConversationId,
    reader: UserId,
    up_to: u64,
    at: Timestamp,
) -> Result<Option<ReadSpan>, Fault> {
    let Some(before) = Watermarks::load(db, conversation, reader)? else { return Ok(None) };
    // What is not there yet can't have been read.
    let up_to = up_to.min(before.last_seq);
    if up_to <= before.read {
        return Ok(None);
    }
    let passed = place(before.conversation, up_to);
    let singles = singles(db, reader, place(before.conversation, before.read), passed)?;
    write(db, reader, &before, Moved { read: up_to, delivered: before.delivered.max(up_to) }, at)?;
    let read_before = singles.into_iter().map(number_of).collect();
    Ok(Some(ReadSpan { after: before.read, up_to, read_before }))
}

/// What was read one by one, from after one key up to another.
pub(super) fn singles(db: &Connection, user: UserId, after: i64, up_to: i64) -> Result<BTreeSet<i64>, Fault> {
    let keys = db
        .prepare_cached(
            "SELECT seq_place FROM single_reads WHERE user = ?1 AND seq_place > ?2 AND seq_place <= ?3",
        )?
        .query_map((user.bytes(), after, up_to), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(keys)
}

/// How far the watermark can go from `after`: past one's own messages, deleted ones, and those
/// that were read one by one.
fn fold(db: &Connection, reader: UserId, after: i64, last: i64) -> Result<u64, Fault> {
    let singles = singles(db, reader, after, last)?;
    let mut statement = db.prepare_cached(
        "SELECT seq_place, sender = ?3 OR deleted FROM messages \
         WHERE seq_place > ?1 AND seq_place <= ?2 ORDER BY seq_place",
    )?;
    let mut rows = statement.query((after, last, reader.bytes()))?;
    let mut reached = after;
    while let Some(row) = rows.next()? {
        let (key, needs_no_reading): (i64, bool) = (row.get(0)?, row.get(1)?);
        if !needs_no_reading && !singles.contains(&key) {
            break;
        }
        reached = key;
    }
    Ok(number_of(reached))
}

struct Moved {
    read: u64,
    delivered: u64,
}

fn write(
    db: &Connection,
    reader: UserId,
    before: &Watermarks,
    moved: Moved,
    at: Timestamp,
) -> Result<(), Fault> {
    db.prepare_cached(
        "UPDATE participants SET delivered_seq = ?3, read_seq = ?4, \
         read_at = CASE WHEN ?4 > read_seq THEN ?5 ELSE read_at END \
         WHERE conversation = ?1 AND user = ?2",
    )?
    .execute((
        before.conversation,
        reader.bytes(),
        place(0, moved.delivered),
        place(0, moved.read),
        at.millis(),
    ))?;
    db.prepare_cached("DELETE FROM single_reads WHERE user = ?1 AND seq_place > ?2 AND seq_place <= ?3")?
        .execute((
            reader.bytes(),
            place(before.conversation, before.read),
            place(before.conversation, moved.read),
        ))?;
    Ok(())
}
