//! Shapes that the dialects share. What is sent and what documents describe are the same types.

mod asked;
mod conversation;
mod failed;
mod told;

pub(crate) use asked::{
    Changed, Done, Joined, PresenceStatus, Presences, Refreshed, Synced, presences, synced,
};
pub(crate) use conversation::{
    Active, Conversation, ConversationType, GoneConversation, Listed, ParticipantRole, Updated,
};
pub(crate) use failed::{ErrorCode, Failure, Refused};
pub(crate) use told::{Deleted, Delivered, Expired, Expiring, PhotoRemoved, PhotoUpdated, Ready};

use std::fmt;

use natter_domain::{MediaKind, Message, MessageKind, MessageStatus};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// 24 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9a-f]{24}$", example = "65f1c0a2b3d4e5f601234567")]
pub(crate) struct Id(String);

impl Id {
    pub(crate) fn of(id: impl fmt::Display) -> Self {
        Self(id.to_string())
    }
}

/// ISO 8601, UTC, with milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(
    value_type = String,
    format = DateTime,
    pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    example = "2026-01-31T09:30:00.000Z"
)]
pub(crate) struct Time(String);

impl From<natter_domain::Timestamp> for Time {
    fn from(time: natter_domain::Timestamp) -> Self {
        Self(time.to_string())
    }
}

/// What a message, or a file in one, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MessageType {
    Text,
    Image,
    Video,
    Audio,
    File,
}

impl MessageType {
    /// Reads the name of one.
    pub(crate) fn named(name: &str) -> Option<MessageKind> {
        if name == "text" { Some(MessageKind::Text) } else { media_kind(name).map(MessageKind::Media) }
    }
}

impl From<MessageKind> for MessageType {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Media(MediaKind::Image) => Self::Image,
            MessageKind::Media(MediaKind::Video) => Self::Video,
            MessageKind::Media(MediaKind::Audio) => Self::Audio,
            MessageKind::Media(MediaKind::File) => Self::File,
        }
    }
}

/// Reads the name of a kind of file.
pub(crate) fn media_kind(name: &str) -> Option<MediaKind> {
    Some(match name {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        "file" => MediaKind::File,
        _ => return None,
    })
}

/// How far it has come: the furthest of its recipients counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MessageStatus)]
pub(crate) enum Status {
    Sent,
    Delivered,
    Read,
}

impl From<MessageStatus> for Status {
    fn from(status: MessageStatus) -> Self {
        match status {
            MessageStatus::Sent => Self::Sent,
            MessageStatus::Delivered => Self::Delivered,
            MessageStatus::Read => Self::Read,
        }
    }
}

/// Who set an emoji.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reaction {
    emoji: String,
    user_ids: Vec<Id>,
}

pub(crate) fn reactions(message: &Message) -> Vec<Reaction> {
    let reaction = |reaction: &natter_domain::message::Reaction| Reaction {
        emoji: reaction.emoji.clone(),
        user_ids: reaction.users.iter().map(Id::of).collect(),
    };
    message.stored.reactions.iter().map(reaction).collect()
}

/// `true` where a message was deleted, and absent otherwise.
pub(crate) fn deleted(message: &Message) -> Option<bool> {
    message.stored.deleted.then_some(true)
}

/// A shape as JSON. Only a map whose keys are no strings could not be one, and there is none here.
pub(crate) fn json(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
