//! Changing and deleting conversations.

use natter_domain::conversation::Conversation;
use natter_domain::id::ConversationId;
use natter_domain::time::Timestamp;
use rusqlite::Connection;

use super::super::fault::Fault;
use super::super::timeline::erase;
use super::load::{by_number, number};

pub(super) fn rename(
    db: &Connection,
    id: ConversationId,
    name: &str,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    let Some(number) = number(db, id)? else { return Ok(None) };
    db.prepare_cached("UPDATE conversations SET name = ?2 WHERE number = ?1")?.execute((number, name))?;
    changed(db, number, at).map(Some)
}

pub(super) fn set_photo(
    db: &Connection,
    id: ConversationId,
    photo: Option<&str>,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    let Some(number) = number(db, id)? else { return Ok(None) };
    db.prepare_cached("UPDATE conversations SET photo = ?2 WHERE number = ?1")?.execute((number, photo))?;
    changed(db, number, at).map(Some)
}

/// Notes that a conversation changed, and answers it as it is now.
pub(super) fn changed(db: &Connection, number: i64, at: Timestamp) -> Result<Conversation, Fault> {
    db.prepare_cached("UPDATE conversations SET updated_at = max(updated_at, ?2) WHERE number = ?1")?
        .execute((number, at.millis()))?;
    by_number(db, number)
}

pub(super) fn delete(db: &Connection, id: ConversationId) -> Result<(), Fault> {
    number(db, id)?.map_or(Ok(()), |number| delete_number(db, number))
}

/// The conversation goes at once, and with it all access; its messages go bit by bit.
pub(super) fn delete_number(db: &Connection, number: i64) -> Result<(), Fault> {
    db.prepare_cached(
        "DELETE FROM single_reads WHERE user IN (SELECT user FROM participants WHERE conversation = ?1) \
         AND seq_place BETWEEN ?1 << 32 AND (?1 + 1) << 32",
    )?
    .execute([number])?;
    db.prepare_cached("DELETE FROM participants WHERE conversation = ?1")?.execute([number])?;
    db.prepare_cached("DELETE FROM conversations WHERE number = ?1")?.execute([number])?;
    erase::request(db, number)
}
