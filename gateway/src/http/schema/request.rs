//! What clients send. `null` is the same as absent, where nothing else is said.
#![expect(dead_code, reason = "described, never made")]

use utoipa::ToSchema;

use super::Id;
use crate::dialect::wire::{ConversationType, ParticipantRole};

/// A new account.
#[derive(ToSchema)]
pub(in crate::http) struct Register {
    #[schema(min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$", example = "ann")]
    username: String,
    #[schema(format = Email, example = "ann@example.org")]
    email: String,
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: String,
    /// Shown name; the username where absent.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
}

/// `email` or `username`, and the password.
#[derive(ToSchema)]
pub(in crate::http) struct LogIn {
    email: Option<String>,
    username: Option<String>,
    #[schema(format = Password)]
    password: String,
}

/// A refresh token, which works once.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct RefreshTokens {
    refresh_token: String,
}

/// Which sessions end.
#[derive(ToSchema)]
pub(in crate::http) struct LogOut {
    /// All of one's sessions.
    #[schema(default = false)]
    everywhere: Option<bool>,
}

/// What becomes other; the rest stays.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct PatchMe {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[schema(min_length = 3, max_length = 32)]
    username: Option<String>,
    /// URL; null removes the picture.
    profile_image: Option<String>,
}

/// What a user is to be; what is left out stays.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct PutUser {
    /// Required for one who is not there yet.
    #[schema(min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$", example = "ann")]
    username: Option<String>,
    /// Shown name; the username for a new one without.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Null takes it away.
    #[schema(format = Email, example = "ann@example.org")]
    email: Option<String>,
    /// URL; null removes the picture.
    profile_image: Option<String>,
    /// Only for who is to log in here, too.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: Option<String>,
}

/// A direct conversation (`participantId`) or a group (`name` and `participantIds`).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct CreateConversation {
    #[schema(rename = "type")]
    kind: ConversationType,
    /// With whom, directly.
    participant_id: Option<Id>,
    /// Of the group.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The group's others: 1 to 999, without doubles and oneself.
    participant_ids: Option<Vec<Id>>,
}

/// A group's new name.
#[derive(ToSchema)]
pub(in crate::http) struct PatchConversation {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Whom to add to a group.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct AddParticipants {
    participant_ids: Vec<Id>,
}

/// What a participant becomes.
#[derive(ToSchema)]
pub(in crate::http) struct SetRole {
    role: ParticipantRole,
}

/// Which messages were read.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct MarkRead {
    /// Empty: all that are unread.
    #[schema(max_items = 1_000)]
    message_ids: Vec<Id>,
}
