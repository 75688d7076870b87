//! What clients are told, where all dialects tell it alike but for the event's name.

use natter_domain::{ConversationId, Message, MessageId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Time};
use crate::dialect::SessionEnd;

/// The connection stands, and every later event will reach it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionReady)]
pub(crate) struct Ready {
    user_id: Id,
    socket_id: String,
    server_time: Time,
    /// When the token expires.
    expires_at: Time,
}

impl Ready {
    pub(crate) fn new(user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            user_id: Id::of(user),
            socket_id: socket.to_owned(),
            server_time: now.into(),
            expires_at: expires_at.into(),
        }
    }
}

/// The token is about to expire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionExpiring)]
pub(crate) struct Expiring {
    pub(crate) expires_at: Time,
}

/// The session has ended, and the server disconnects.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionExpired)]
pub(crate) struct Expired {
    code: ExpiredCode,
}

/// Why a session has ended.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ExpiredCode {
    TokenExpired,
    SessionRevoked,
    UserNotFound,
}

impl From<SessionEnd> for Expired {
    fn from(end: SessionEnd) -> Self {
        let code = match end {
            SessionEnd::TokenExpired => ExpiredCode::TokenExpired,
            SessionEnd::Revoked => ExpiredCode::SessionRevoked,
            SessionEnd::UserNotFound => ExpiredCode::UserNotFound,
        };
        Self { code }
    }
}

/// Which message has reached its first recipient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveredMessage)]
pub(crate) struct Delivered {
    message_id: Id,
    conversation_id: Id,
}

impl Delivered {
    pub(crate) fn new(message: MessageId, conversation: ConversationId) -> Self {
        Self { message_id: Id::of(message), conversation_id: Id::of(conversation) }
    }
}

/// Which message is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeletedMessage)]
pub(crate) struct Deleted {
    message_id: Id,
    conversation_id: Id,
    /// Of the deletion.
    rev: u64,
}

impl From<&Message> for Deleted {
    fn from(message: &Message) -> Self {
        let stored = &message.stored;
        Self { message_id: Id::of(stored.id), conversation_id: Id::of(stored.conversation), rev: stored.rev }
    }
}

/// A group has another picture.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhotoUpdated {
    group_id: Id,
    /// URL.
    group_image: String,
    updated_by: Id,
}

impl PhotoUpdated {
    pub(crate) fn new(group: ConversationId, photo: &str, by: UserId) -> Self {
        Self { group_id: Id::of(group), group_image: photo.to_owned(), updated_by: Id::of(by) }
    }
}

/// A group has no picture any more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhotoRemoved {
    group_id: Id,
    #[schema(schema_with = null)]
    group_image: (),
    removed_by: Id,
}

impl PhotoRemoved {
    pub(crate) fn new(group: ConversationId, by: UserId) -> Self {
        Self { group_id: Id::of(group), group_image: (), removed_by: Id::of(by) }
    }
}

fn null() -> utoipa::openapi::Object {
    utoipa::openapi::Object::with_type(utoipa::openapi::Type::Null)
}
