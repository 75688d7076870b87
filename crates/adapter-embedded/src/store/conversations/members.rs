//! Who takes part.

use natter_domain::conversation::{Conversation, ConversationKind, MAX_MEMBERS, Participant, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::ports::store::ParticipantRemoval;
use natter_domain::time::Timestamp;
use rusqlite::Connection;

use super::super::fault::Fault;
use super::super::place::{end, place};
use super::change::{changed, delete_number};
use super::load::{by_number, number, role_code};

/// Puts somebody at the end, with everything so far delivered and read; `false` if they are there.
pub(super) fn insert(db: &Connection, number: i64, participant: &Participant) -> Result<bool, Fault> {
    let rows = db
        .prepare_cached(
            "INSERT OR IGNORE INTO participants \
             (conversation, user, position, role, joined_at, joined_seq, delivered_seq, read_seq) \
             SELECT number, ?2, \
             (SELECT coalesce(max(position), 0) + 1 FROM participants WHERE conversation = number), \
             ?3, ?4, last_seq, last_seq, last_seq FROM conversations WHERE number = ?1",
        )?
        .execute((
            number,
            participant.user.bytes(),
            role_code(participant.role),
            participant.joined_at.millis(),
        ))?;
    Ok(rows > 0)
}

pub(super) fn add(
    db: &Connection,
    id: ConversationId,
    users: &[UserId],
    at: Timestamp,
) -> Result<Option<(Conversation, Vec<UserId>)>, Fault> {
    let Some(number) = number(db, id)? else { return Ok(None) };
    let before = by_number(db, number)?;
    let mut new = Vec::new();
    for user in users {
        if !before.has(*user) && !new.contains(user) {
            new.push(*user);
        }
    }
    if new.is_empty() {
        return Ok(Some((before, new)));
    }
    if before.kind == ConversationKind::Direct || before.participants.len() + new.len() > MAX_MEMBERS {
        return Ok(None);
    }
    for user in &new {
        insert(db, number, &Participant { user: *user, role: Role::Member, joined_at: at })?;
    }
    Ok(Some((changed(db, number, at)?, new)))
}

pub(super) fn remove(
    db: &Connection,
    id: ConversationId,
    user: UserId,
    at: Timestamp,
) -> Result<ParticipantRemoval, Fault> {
    let Some(number) = number(db, id)? else { return Ok(ParticipantRemoval::Absent) };
    let gone = db
        .prepare_cached("DELETE FROM participants WHERE conversation = ?1 AND user = ?2")?
        .execute((number, user.bytes()))?;
    if gone == 0 {
        return Ok(ParticipantRemoval::Absent);
    }
    db.prepare_cached("DELETE FROM single_reads WHERE user = ?1 AND seq_place BETWEEN ?2 AND ?3")?
        .execute((user.bytes(), place(number, 0), end(number)))?;
    let left = changed(db, number, at)?;
    let Some(longest) = left.participants.first().map(|participant| participant.user) else {
        delete_number(db, number)?;
        return Ok(ParticipantRemoval::Removed { heir: None, emptied: true });
    };
    let orphaned = left.kind == ConversationKind::Group
        && left.participants.iter().all(|participant| participant.role != Role::Admin);
    let heir = orphaned.then_some(longest);
    if let Some(heir) = heir {
        write_role(db, number, heir, Role::Admin)?;
    }
    Ok(ParticipantRemoval::Removed { heir, emptied: false })
}

pub(super) fn set_role(
    db: &Connection,
    id: ConversationId,
    user: UserId,
    role: Role,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    let Some(number) = number(db, id)? else { return Ok(None) };
    let before = by_number(db, number)?;
    let Some(participant) = before.participant(user) else { return Ok(None) };
    if participant.role == role {
        return Ok(Some(before));
    }
    let other_admin = before.others(user).any(|other| before.is_admin(other));
    if role == Role::Member && !other_admin {
        return Ok(None);
    }
    write_role(db, number, user, role)?;
    changed(db, number, at).map(Some)
}

fn write_role(db: &Connection, number: i64, user: UserId, role: Role) -> Result<(), Fault> {
    db.prepare_cached("UPDATE participants SET role = ?3 WHERE conversation = ?1 AND user = ?2")?
        .execute((number, user.bytes(), role_code(role)))?;
    Ok(())
}
