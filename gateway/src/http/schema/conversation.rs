//! Conversations, in the colon dialect.

use utoipa::ToSchema;

use super::message::{MessageType, Person};
use super::{Id, Time};

/// A conversation as the caller sees it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Conversation {
    #[schema(rename = "_id")]
    id: Id,
    #[schema(rename = "type")]
    kind: ConversationType,
    /// Of a group.
    #[schema(required)]
    name: Option<String>,
    /// URL.
    #[schema(required)]
    group_image: Option<String>,
    /// In the order in which they joined.
    participants: Vec<Participant>,
    /// Of a group: the admin who has been there longest.
    #[schema(required)]
    admin: Option<Id>,
    #[schema(required)]
    last_message: Option<LastMessage>,
    /// `seq` of the latest message; 0 before the first.
    last_seq: u64,
    /// Of the latest change; 0 before the first.
    rev: u64,
    /// Messages of others that the caller has not read.
    unread_count: u64,
    created_at: Time,
    updated_at: Time,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(in crate::http) enum ConversationType {
    Direct,
    Group,
}

/// Somebody in a conversation.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Participant {
    #[schema(rename = "_id")]
    id: Id,
    username: String,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
    role: ParticipantRole,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(in crate::http) enum ParticipantRole {
    Admin,
    Member,
}

/// The latest message, for lists.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct LastMessage {
    /// Its text.
    #[schema(required)]
    content: Option<String>,
    sender: Person,
    timestamp: Time,
    message_type: MessageType,
}
