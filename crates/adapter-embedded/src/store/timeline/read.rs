//! Reading timelines.

use natter_domain::command::Window;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, StoredMessage};
use rusqlite::{Connection, OptionalExtension, Params};

use super::super::fault::Fault;
use super::super::place::{end, place};
use super::row::{self, select_messages};

/// The latest position that a message has, zero for none. By `messages_by_position`.
pub(in super::super) fn last_position(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT coalesce(max(position), 0) FROM messages", [], |row| row.get(0))
}

/// A conversation's number and head.
pub(super) fn numbered(db: &Connection, id: ConversationId) -> Result<Option<(i64, Head)>, Fault> {
    let found = db
        .prepare_cached("SELECT number, last_rev, last_seq FROM conversations WHERE id = ?1")?
        .query_row([id.bytes()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
        .optional()?;
    let Some((number, rev, seq)) = found else { return Ok(None) };
    let positive = |number| u64::try_from(number).map_err(|_| Fault::Malformed("head"));
    Ok(Some((number, Head { rev: positive(rev)?, seq: positive(seq)? })))
}

pub(super) fn head(db: &Connection, id: ConversationId) -> Result<Head, Fault> {
    Ok(numbered(db, id)?.map(|(_, head)| head).unwrap_or_default())
}

/// By `messages_by_id`.
pub(super) fn message(db: &Connection, id: MessageId) -> Result<Option<StoredMessage>, Fault> {
    one(db, select_messages!("WHERE m.id = ?1"), [id.bytes()])
}

/// A conversation's latest message, by the key.
pub(in super::super) fn latest(
    db: &Connection,
    conversation: i64,
    seq: u64,
) -> Result<Option<StoredMessage>, Fault> {
    at(db, place(conversation, seq))
}

/// By the key.
pub(super) fn at(db: &Connection, place: i64) -> Result<Option<StoredMessage>, Fault> {
    one(db, select_messages!("WHERE m.seq_place = ?1"), [place])
}

/// By `messages_by_client_id`.
pub(super) fn by_client_id(
    db: &Connection,
    conversation: i64,
    sender: UserId,
    client_message_id: &str,
) -> Result<Option<StoredMessage>, Fault> {
    one(
        db,
        select_messages!("WHERE m.conversation = ?1 AND m.sender = ?2 AND m.client_message_id = ?3"),
        (conversation, sender.bytes(), client_message_id),
    )
}

pub(super) fn window(
    db: &Connection,
    conversation: ConversationId,
    window: Window,
    limit: u32,
) -> Result<(Vec<StoredMessage>, bool), Fault> {
    let Some((number, head)) = numbered(db, conversation)? else { return Ok((Vec::new(), false)) };
    // Both are ranges of the key, in its order or against it.
    let ascending = select_messages!("WHERE m.seq_place BETWEEN ?1 AND ?2 ORDER BY m.seq_place LIMIT ?3");
    let descending =
        select_messages!("WHERE m.seq_place BETWEEN ?1 AND ?2 ORDER BY m.seq_place DESC LIMIT ?3");
    let (sql, first, last) = match window {
        Window::Latest => (descending, 1, head.seq),
        Window::Before(0) => return Ok((Vec::new(), false)),
        Window::Before(seq) => (descending, 1, head.seq.min(seq - 1)),
        Window::After(seq) => (ascending, seq.saturating_add(1), head.seq),
        Window::Around(seq) => {
            let side = u64::from(limit.saturating_sub(1)) / 2;
            let last = seq.saturating_add(side);
            let found =
                many(db, ascending, (place(number, seq.saturating_sub(side)), place(number, last), limit))?;
            return Ok((found, last < head.seq));
        }
    };
    let range = (place(number, first), place(number, last), i64::from(limit) + 1);
    Ok(cut(many(db, sql, range)?, limit))
}

/// By `messages_by_rev`.
pub(super) fn changes(
    db: &Connection,
    conversation: ConversationId,
    after_rev: u64,
    limit: u32,
) -> Result<(Vec<StoredMessage>, Head), Fault> {
    let Some((number, head)) = numbered(db, conversation)? else {
        return Ok((Vec::new(), Head::default()));
    };
    let sql = select_messages!("WHERE m.rev_place > ?1 AND m.rev_place <= ?2 ORDER BY m.rev_place LIMIT ?3");
    Ok((many(db, sql, (place(number, after_rev), end(number), limit))?, head))
}

/// Leaves out what goes past the limit, and says whether anything did.
fn cut<T>(mut found: Vec<T>, limit: u32) -> (Vec<T>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

fn one(db: &Connection, sql: &str, params: impl Params) -> Result<Option<StoredMessage>, Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(row::read).transpose()
}

fn many(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<StoredMessage>, Fault> {
    db.prepare_cached(sql)?.query_and_then(params, row::read)?.collect()
}
