//! Erases the messages of deleted conversations, some at a time, so that writes are not held up.
//!
//! A deleted conversation's messages are out of reach at once, since every read goes through the
//! conversation. Its number is not used again.

use rusqlite::{Connection, OptionalExtension};

use super::super::fault::Fault;
use super::super::place::{end, place};

/// Messages erased in one transaction.
const CHUNK: i64 = 1_000;

/// Notes that what is left of a conversation is to be erased.
pub(in super::super) fn request(connection: &Connection, conversation: i64) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO erasures (conversation) VALUES (?1)")?
        .execute([conversation])?;
    Ok(())
}

/// Whether anything is left to be erased.
pub(in super::super) fn is_due(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM erasures)")?.query_row([], |row| row.get(0))
}

/// Erases some, and says whether more is left.
pub(in super::super) fn chunk(connection: &Connection) -> Result<bool, Fault> {
    let Some(conversation) = connection
        .prepare_cached("SELECT conversation FROM erasures LIMIT 1")?
        .query_row([], |row| row.get::<_, i64>(0))
        .optional()?
    else {
        return Ok(false);
    };
    let messages: Vec<(i64, i64)> = connection
        .prepare_cached(
            "SELECT seq_place, position FROM messages WHERE seq_place BETWEEN ?1 AND ?2 LIMIT ?3",
        )?
        .query_map((place(conversation, 0), end(conversation), CHUNK), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if messages.is_empty() {
        connection.prepare_cached("DELETE FROM erasures WHERE conversation = ?1")?.execute([conversation])?;
        return Ok(is_due(connection)?);
    }
    let mut text = connection.prepare_cached("DELETE FROM message_text WHERE rowid = ?1")?;
    let mut message = connection.prepare_cached("DELETE FROM messages WHERE seq_place = ?1")?;
    for (key, position) in messages {
        text.execute([position])?;
        message.execute([key])?;
    }
    Ok(true)
}
