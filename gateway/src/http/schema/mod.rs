//! What the API's documentation says of objects that the dialects make, and of what clients send.
//!
//! Nothing here is ever made: the shapes are held to the dialect's by a test.
#![expect(dead_code, reason = "described, never made")]

mod conversation;
mod message;
mod request;

pub(super) use conversation::Conversation;
pub(super) use message::{DeletedMessage, Message, SyncedConversations};
pub(super) use request::{
    AddParticipants, CreateConversation, LogIn, LogOut, MarkRead, PatchConversation, PatchMe, PatchMessage,
    RefreshTokens, Register, SendMessage, SetRole, SyncRequest,
};

use utoipa::{IntoParams, ToSchema};

/// 24 lower-case hex digits.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[0-9a-f]{24}$", example = "65f1c0a2b3d4e5f601234567")]
pub(super) struct Id(String);

/// ISO 8601, UTC, with milliseconds.
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-31T09:30:00.000Z")]
pub(super) struct Time(String);

/// The same in answers, acks and `error` events.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ErrorCode {
    Validation,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Blocked,
    RateLimited,
    TooLarge,
    UnsupportedMedia,
    Unavailable,
    Internal,
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// Items at the most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Opaque.
    cursor: Option<String>,
}

/// In which dialect objects are shown.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct InDialect {
    /// `colon` or `snake`; the query parameter `dialect` does the same. Described here is `colon`.
    #[param(rename = "X-Dialect", nullable = false)]
    dialect: Option<String>,
}

/// Whether somebody is online.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Presence {
    user_id: Id,
    status: PresenceStatus,
    /// When they were last online; null if never, or hidden by a block.
    #[schema(required)]
    last_seen: Option<Time>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum PresenceStatus {
    Online,
    Offline,
}
