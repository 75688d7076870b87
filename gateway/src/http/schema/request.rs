//! What clients send. `null` is the same as absent, where nothing else is said.

use utoipa::ToSchema;

use super::Id;
use super::conversation::{ConversationType, ParticipantRole};
use super::message::{MediaType, MessageType};

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

/// A message: text, media or both.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct SendMessage {
    #[schema(max_length = 10_000)]
    text: Option<String>,
    #[schema(max_items = 10)]
    media: Option<Vec<SentFile>>,
    message_type: Option<MessageType>,
    /// A message of this conversation.
    reply_to: Option<Id>,
    /// The sender's own name for it: sending it again stores nothing more.
    #[schema(min_length = 1, max_length = 64)]
    client_message_id: Option<String>,
}

/// A file that the media service issued.
#[derive(ToSchema)]
pub(in crate::http) struct SentFile {
    url: String,
    #[schema(rename = "type")]
    kind: MediaType,
    filename: Option<String>,
    /// In bytes.
    size: Option<u64>,
}

/// A message's new text.
#[derive(ToSchema)]
pub(in crate::http) struct PatchMessage {
    #[schema(max_length = 10_000)]
    text: String,
}

/// Which messages were read.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct MarkRead {
    /// Empty: all that are unread.
    #[schema(max_items = 1_000)]
    message_ids: Vec<Id>,
}

/// How far the client knows which conversations.
#[derive(ToSchema)]
pub(in crate::http) struct SyncRequest {
    #[schema(max_items = 200)]
    cursors: Vec<Cursor>,
    /// Changes a conversation, at the most.
    #[schema(minimum = 1, maximum = 300, default = 100)]
    limit: Option<u32>,
}

/// How far the client knows a conversation.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Cursor {
    conversation_id: Id,
    /// Everything up to here.
    rev: u64,
}
