//! Conversations as their participants' lists show them.

use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::Head;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{Listed, ListedToAll};
use rusqlite::{Connection, OptionalExtension};

use super::super::cursor::{self, List};
use super::super::fault::Fault;
use super::super::timeline;
use super::load::{by_number, number};

/// Counts a participant's unread messages by what is not unread, so that the cost does not grow
/// with how much is: all above `read_seq`, less one's own (by `messages_by_sender`), those that were
/// deleted (by `messages_deleted`) and those that were read one by one.
macro_rules! unread {
    ($rest:literal) => {
        concat!(
            "SELECT p.user, c.last_rev, c.last_seq, c.last_seq - p.read_seq ",
            "- (SELECT count(*) FROM messages m INDEXED BY messages_by_sender WHERE m.sender = p.user ",
            "AND m.seq_place > (c.number << 32 | p.read_seq) ",
            "AND m.seq_place <= (c.number << 32 | c.last_seq)) ",
            "- (SELECT count(*) FROM messages m INDEXED BY messages_deleted WHERE m.deleted = 1 ",
            "AND m.seq_place > (c.number << 32 | p.read_seq) ",
            "AND m.seq_place <= (c.number << 32 | c.last_seq) AND m.sender <> p.user ",
            "AND NOT EXISTS (SELECT 1 FROM single_reads s ",
            "WHERE s.user = p.user AND s.seq_place = m.seq_place)) ",
            "- (SELECT count(*) FROM single_reads s WHERE s.user = p.user ",
            "AND s.seq_place > (c.number << 32 | p.read_seq) ",
            "AND s.seq_place <= (c.number << 32 | c.last_seq)) ",
            "FROM participants p JOIN conversations c ON c.number = p.conversation ",
            $rest
        )
    };
}

pub(super) fn listed_to_all(db: &Connection, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, Fault> {
    let mut listed = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(number) = number(db, *id)? {
            listed.push(entry_of_all(db, number)?);
        }
    }
    Ok(listed)
}

fn entry_of_all(db: &Connection, number: i64) -> Result<ListedToAll, Fault> {
    let mut statement = db.prepare_cached(unread!("WHERE p.conversation = ?1 ORDER BY p.position"))?;
    let mut rows = statement.query([number])?;
    let (mut head, mut unread) = (Head::default(), Vec::new());
    while let Some(row) = rows.next()? {
        head = Head { rev: positive(row.get(1)?), seq: positive(row.get(2)?) };
        unread.push((UserId::from_bytes(row.get(0)?), positive(row.get(3)?)));
    }
    let last_message = timeline::latest(db, number, head.seq)?;
    Ok(ListedToAll { conversation: by_number(db, number)?, head, last_message, unread })
}

pub(super) fn listed(db: &Connection, id: ConversationId, user: UserId) -> Result<Option<Listed>, Fault> {
    match number(db, id)? {
        Some(number) => entry(db, number, user),
        None => Ok(None),
    }
}

fn entry(db: &Connection, number: i64, user: UserId) -> Result<Option<Listed>, Fault> {
    let state: Option<(i64, i64, i64)> = db
        .prepare_cached(unread!("WHERE p.conversation = ?1 AND p.user = ?2"))?
        .query_row((number, user.bytes()), |row| Ok((row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((rev, seq, unread)) = state else { return Ok(None) };
    let head = Head { rev: positive(rev), seq: positive(seq) };
    Ok(Some(Listed {
        conversation: by_number(db, number)?,
        head,
        last_message: timeline::latest(db, number, head.seq)?,
        unread: positive(unread),
    }))
}

pub(super) fn list(db: &Connection, user: UserId, page: &PageRequest) -> Result<Page<Listed>, Fault> {
    let (active_at, id) = match &page.cursor {
        Some(cursor) => {
            let (at, id) = cursor::read(List::Conversations, cursor)?;
            (at, id.try_into().map_err(|_| Fault::BadCursor)?)
        }
        None => (i64::MAX, [u8::MAX; 12]),
    };
    // By participants_by_user, sorted: an index in this order would be rewritten for every
    // participant with every message.
    let mut found: Vec<(i64, i64, [u8; 12])> = db
        .prepare_cached(
            "SELECT c.number, max(c.updated_at, c.last_message_at) AS active_at, c.id \
             FROM participants p CROSS JOIN conversations c ON c.number = p.conversation \
             WHERE p.user = ?1 AND (max(c.updated_at, c.last_message_at), c.id) < (?2, ?3) \
             ORDER BY active_at DESC, c.id DESC LIMIT ?4",
        )?
        .query_map((user.bytes(), active_at, id, i64::from(page.limit) + 1), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|(_, active_at, id)| cursor::write(List::Conversations, *active_at, id));
    let items = found.iter().filter_map(|(number, ..)| entry(db, *number, user).transpose());
    Ok(Page { items: items.collect::<Result<_, _>>()?, next })
}

/// By `participants_by_user`.
pub(super) fn ids_of(db: &Connection, user: UserId) -> Result<Vec<ConversationId>, Fault> {
    let ids = db
        .prepare_cached(
            "SELECT c.id FROM participants p CROSS JOIN conversations c ON c.number = p.conversation \
             WHERE p.user = ?1",
        )?
        .query_map([user.bytes()], |row| row.get(0).map(ConversationId::from_bytes))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// By `participants_by_user`, then by the key.
pub(super) fn contacts(db: &Connection, user: UserId) -> Result<Vec<UserId>, Fault> {
    let users = db
        .prepare_cached(
            "SELECT DISTINCT o.user FROM participants p \
             CROSS JOIN participants o ON o.conversation = p.conversation \
             WHERE p.user = ?1 AND o.user <> ?1",
        )?
        .query_map([user.bytes()], |row| row.get(0).map(UserId::from_bytes))?
        .collect::<Result<_, _>>()?;
    Ok(users)
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
