//! Conversations from rows.

use natter_domain::conversation::{Conversation, ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::fault::Fault;

/// What a role is written as.
pub(super) fn role_code(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

/// What a sort of conversation is written as.
pub(super) fn kind_code(kind: ConversationKind) -> i64 {
    match kind {
        ConversationKind::Direct => 0,
        ConversationKind::Group => 1,
    }
}

/// A pair's name for its direct conversation: the same whoever is named first.
pub(super) fn pair(one: UserId, other: UserId) -> [[u8; 12]; 2] {
    [*one.min(other).bytes(), *one.max(other).bytes()]
}

/// A conversation's number.
pub(in super::super) fn number(db: &Connection, id: ConversationId) -> Result<Option<i64>, Fault> {
    Ok(db
        .prepare_cached("SELECT number FROM conversations WHERE id = ?1")?
        .query_row([id.bytes()], |row| row.get(0))
        .optional()?)
}

pub(super) fn by_id(db: &Connection, id: ConversationId) -> Result<Option<Conversation>, Fault> {
    number(db, id)?.map(|number| by_number(db, number)).transpose()
}

pub(super) fn by_pair(db: &Connection, one: UserId, other: UserId) -> Result<Option<Conversation>, Fault> {
    let number = db
        .prepare_cached("SELECT number FROM conversations WHERE pair = ?1")?
        .query_row([pair(one, other).as_flattened()], |row| row.get(0))
        .optional()?;
    number.map(|number| by_number(db, number)).transpose()
}

/// One that is there.
pub(super) fn by_number(db: &Connection, number: i64) -> Result<Conversation, Fault> {
    let participants = db
        .prepare_cached(
            "SELECT user, role, joined_at FROM participants WHERE conversation = ?1 ORDER BY position",
        )?
        .query_and_then([number], participant)?
        .collect::<Result<_, _>>()?;
    let mut statement = db.prepare_cached(
        "SELECT id, kind, name, photo, created_at, updated_at FROM conversations WHERE number = ?1",
    )?;
    let mut rows = statement.query([number])?;
    let row = rows.next()?.ok_or(Fault::Malformed("conversation"))?;
    Ok(Conversation {
        id: ConversationId::from_bytes(row.get(0)?),
        kind: match row.get(1)? {
            0 => ConversationKind::Direct,
            1 => ConversationKind::Group,
            _ => return Err(Fault::Malformed("conversation")),
        },
        name: row.get(2)?,
        photo: row.get(3)?,
        participants,
        created_at: Timestamp::from_millis(row.get(4)?),
        updated_at: Timestamp::from_millis(row.get(5)?),
    })
}

fn participant(row: &Row<'_>) -> Result<Participant, Fault> {
    Ok(Participant {
        user: UserId::from_bytes(row.get(0)?),
        role: match row.get(1)? {
            0 => Role::Member,
            1 => Role::Admin,
            _ => return Err(Fault::Malformed("participant")),
        },
        joined_at: Timestamp::from_millis(row.get(2)?),
    })
}
