//! Keeps the text index in step with the messages.

use rusqlite::Connection;

use super::super::fault::Fault;

/// What the index is to hold for a message from now on.
pub(in super::super) struct TextChange {
    /// The message's.
    pub(super) position: i64,
    /// Where it is.
    pub(super) conversation: i64,
    /// `None` takes it out.
    pub(super) text: Option<String>,
    /// Whether the index may have it already.
    pub(super) indexed: bool,
}

/// The word by which a search is kept within a conversation.
pub(super) fn scope(conversation: i64) -> String {
    format!("c{conversation}")
}

/// Makes the changes, in the order of the messages: FTS5 writes all it has to the disk when a
/// row's id is below the one before.
pub(in super::super) fn apply(connection: &Connection, mut changes: Vec<TextChange>) -> Result<(), Fault> {
    if changes.is_empty() {
        return Ok(());
    }
    // Stable, so that of several changes of one message the last one stays.
    changes.sort_by_key(|change| change.position);
    let mut delete = connection.prepare_cached("DELETE FROM message_text WHERE rowid = ?1")?;
    let mut insert =
        connection.prepare_cached("INSERT INTO message_text (rowid, text, scope) VALUES (?1, ?2, ?3)")?;
    for change in changes {
        if change.indexed {
            delete.execute([change.position])?;
        }
        if let Some(text) = change.text {
            insert.execute((change.position, text, scope(change.conversation)))?;
        }
    }
    Ok(())
}
