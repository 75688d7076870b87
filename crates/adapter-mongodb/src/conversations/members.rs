//! Who takes part.

use natter_domain::conversation::{Conversation, MAX_MEMBERS, Participant, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::ports::store::ParticipantRemoval;
use natter_domain::time::Timestamp;

use super::change::{unchanged, write_participants};
use super::document::{ParticipantDocument, role_name};
use super::{by_id, erase};
use crate::Core;
use crate::contention::Attempts;
use crate::fault::Fault;
use crate::receipts;
use crate::schema::Collections;
use crate::timeline;
use crate::values::Id as _;

pub(super) async fn add(
    collections: &Collections,
    id: ConversationId,
    users: &[UserId],
    at: Timestamp,
) -> Result<Option<(Conversation, Vec<UserId>)>, Fault> {
    let mut attempts = Attempts::new();
    loop {
        let Some(before) = by_id(collections, id).await? else { return Ok(None) };
        let mut new: Vec<UserId> = Vec::new();
        for user in users {
            if before.participant(*user).is_none() && !new.contains(user) {
                new.push(*user);
            }
        }
        if new.is_empty() {
            return Ok(Some((before.try_into()?, new)));
        }
        if !before.is_group() || before.participants.len() + new.len() > MAX_MEMBERS {
            return Ok(None);
        }
        let joined = timeline::last_seq(collections, id).await?;
        let mut participants = before.participants.clone();
        participants.extend(new.iter().map(|user| {
            let participant = Participant { user: *user, role: Role::Member, joined_at: at };
            ParticipantDocument::new(&participant, joined)
        }));
        if let Some(after) = write_participants(collections, &before, &participants, at).await? {
            return Ok(Some((after, new)));
        }
        attempts.another().await?;
    }
}

pub(super) async fn remove(
    core: &Core,
    id: ConversationId,
    user: UserId,
    at: Timestamp,
) -> Result<ParticipantRemoval, Fault> {
    let collections = &core.collections;
    let mut attempts = Attempts::new();
    loop {
        let Some(before) = by_id(collections, id).await? else { return Ok(ParticipantRemoval::Absent) };
        if before.participant(user).is_none() {
            return Ok(ParticipantRemoval::Absent);
        }
        let mut left = before.participants.clone();
        left.retain(|participant| participant.user_id != user.oid());
        let orphaned = before.is_group() && !left.iter().any(ParticipantDocument::is_admin);
        let Some(longest) = left.first_mut() else {
            if erase::delete(core, id, unchanged(&before)).await? {
                return Ok(ParticipantRemoval::Removed { heir: None, emptied: true });
            }
            attempts.another().await?;
            continue;
        };
        let heir = orphaned.then(|| {
            longest.role = role_name(Role::Admin).into();
            UserId::of(longest.user_id)
        });
        if write_participants(collections, &before, &left, at).await?.is_some() {
            receipts::forget(collections, id, user).await?;
            return Ok(ParticipantRemoval::Removed { heir, emptied: false });
        }
        attempts.another().await?;
    }
}

pub(super) async fn set_role(
    collections: &Collections,
    id: ConversationId,
    user: UserId,
    role: Role,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    let mut attempts = Attempts::new();
    loop {
        let Some(before) = by_id(collections, id).await? else { return Ok(None) };
        let Some(participant) = before.participant(user) else { return Ok(None) };
        if participant.role == role_name(role) {
            return Ok(Some(before.try_into()?));
        }
        let mut participants = before.participants.clone();
        for participant in &mut participants {
            if participant.user_id == user.oid() {
                participant.role = role_name(role).into();
            }
        }
        if before.is_group() && !participants.iter().any(ParticipantDocument::is_admin) {
            return Ok(None);
        }
        if let Some(after) = write_participants(collections, &before, &participants, at).await? {
            return Ok(Some(after));
        }
        attempts.another().await?;
    }
}
