//! Making conversations.

use natter_domain::conversation::{Conversation, ConversationKind, MAX_MEMBERS};
use natter_domain::ports::store::NewConversation;
use rusqlite::Connection;

use super::super::fault::Fault;
use super::load::{by_id, by_number, by_pair, kind_code, pair};
use super::members;

/// Makes it, unless there is one of the id or of the pair. The writer is one, so nobody comes
/// between the look and the write.
pub(super) fn create(db: &Connection, new: &NewConversation) -> Result<(Conversation, bool), Fault> {
    if let Some(there) = by_id(db, new.id)? {
        return Ok((there, false));
    }
    if new.participants.len() > MAX_MEMBERS {
        return Err(Fault::TooMany);
    }
    let pair = match (new.kind, new.participants.as_slice()) {
        (ConversationKind::Direct, [one, other]) => {
            if let Some(there) = by_pair(db, one.user, other.user)? {
                return Ok((there, false));
            }
            Some(pair(one.user, other.user))
        }
        _ => None,
    };
    db.prepare_cached(
        "INSERT INTO conversations (id, kind, pair, name, photo, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?
    .execute((
        new.id.bytes(),
        kind_code(new.kind),
        pair.as_ref().map(|pair| pair.as_flattened()),
        &new.name,
        &new.photo,
        new.at.millis(),
    ))?;
    let number = db.last_insert_rowid();
    for participant in &new.participants {
        members::insert(db, number, participant)?;
    }
    Ok((by_number(db, number)?, true))
}
