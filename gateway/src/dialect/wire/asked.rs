//! What clients are answered.

use natter_domain::command::{self, SyncedConversation as Part};
use natter_domain::presence::UserPresence;
use natter_domain::{Message, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Time};

/// There is nothing to tell.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {}

/// Where the conversation's timeline ends.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Joined {
    /// Of the latest change.
    rev: u64,
    /// `seq` of the latest message.
    last_seq: u64,
}

impl From<&command::Joined> for Joined {
    fn from(joined: &command::Joined) -> Self {
        Self { rev: joined.head.rev, last_seq: joined.head.seq }
    }
}

/// A message that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed<M> {
    rev: u64,
    message: M,
}

impl<M> Changed<M> {
    pub(crate) fn new(message: &Message, show: impl FnOnce(&Message) -> M) -> Self {
        Self { rev: message.stored.rev, message: show(message) }
    }
}

/// Until when the new token is good.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refreshed {
    expires_at: Time,
}

impl From<Timestamp> for Refreshed {
    fn from(expires_at: Timestamp) -> Self {
        Self { expires_at: expires_at.into() }
    }
}

/// As the asking user may see it, in the order asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Presences {
    users: Vec<Presence>,
}

/// Whether somebody is online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Presence {
    /// As it was asked for.
    user_id: String,
    status: PresenceStatus,
    /// When they were last online; null if never, or hidden by a block.
    #[schema(required)]
    last_seen: Option<Time>,
}

/// Whether somebody is online.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PresenceStatus {
    Online,
    Offline,
}

/// The presence of those who were asked about; what is no id is nobody's, and so offline.
pub(crate) fn presences(users: &[UserPresence], malformed: &[String]) -> Presences {
    let presence = |presence: &UserPresence| Presence {
        user_id: presence.user.to_string(),
        status: if presence.online { PresenceStatus::Online } else { PresenceStatus::Offline },
        last_seen: presence.last_seen.map(Time::from),
    };
    let nobody =
        |id: &String| Presence { user_id: id.clone(), status: PresenceStatus::Offline, last_seen: None };
    Presences { users: users.iter().map(presence).chain(malformed.iter().map(nobody)).collect() }
}

/// What conversations have for their cursors.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Synced<M> {
    conversations: Vec<SyncedConversation<M>>,
    /// Not, or no longer, one's own; each as it was asked for.
    removed: Vec<String>,
}

/// What a conversation has for a cursor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncedConversation<M> {
    conversation_id: Id,
    /// Each message that was created or changed, once, as it is now; oldest change first.
    changes: Vec<M>,
    /// The next cursor.
    rev: u64,
    has_more: bool,
}

/// What a sync found; what is no id is a conversation that is not there.
pub(crate) fn synced<M>(
    synced: &command::Synced,
    malformed: &[String],
    show: impl Fn(&Message) -> M,
) -> Synced<M> {
    let conversation = |part: &Part| SyncedConversation {
        conversation_id: Id::of(part.conversation),
        changes: part.changes.changes.iter().map(|change| show(&change.message)).collect(),
        rev: part.changes.rev,
        has_more: part.changes.has_more,
    };
    Synced {
        conversations: synced.conversations.iter().map(conversation).collect(),
        removed: synced.removed.iter().map(ToString::to_string).chain(malformed.iter().cloned()).collect(),
    }
}
