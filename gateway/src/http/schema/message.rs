//! Messages, in the colon dialect.

use utoipa::ToSchema;

use super::{Id, Time};

/// A message. A deleted one keeps its place, with `text: null` and `media: []`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Message {
    #[schema(rename = "_id")]
    id: Id,
    conversation_id: Id,
    /// Whose.
    sender_id: Person,
    #[schema(required)]
    text: Option<String>,
    media: Vec<MediaFile>,
    message_type: MessageType,
    status: MessageStatus,
    #[schema(required)]
    reply_to: Option<QuotedMessage>,
    reactions: Vec<Reaction>,
    /// Place among the conversation's messages: 1, 2, 3, …
    #[schema(minimum = 1)]
    seq: u64,
    /// Place of its latest change among the conversation's changes.
    #[schema(minimum = 1)]
    rev: u64,
    #[schema(required)]
    client_message_id: Option<String>,
    #[schema(required)]
    edited_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
    /// Present, and true, where it was deleted.
    deleted: Option<bool>,
}

/// A person where they are named.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Person {
    #[schema(rename = "_id")]
    id: Id,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
}

/// A file in a message.
#[derive(ToSchema)]
pub(in crate::http) struct MediaFile {
    url: String,
    #[schema(rename = "type")]
    kind: MediaType,
    #[schema(required)]
    filename: Option<String>,
    /// In bytes.
    #[schema(required)]
    size: Option<u64>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(in crate::http) enum MediaType {
    Image,
    Video,
    File,
}

/// `text` without media, otherwise the type of the first file.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(in crate::http) enum MessageType {
    Text,
    Image,
    Video,
    File,
}

/// How far it has come: the furthest of its recipients counts.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(in crate::http) enum MessageStatus {
    Sent,
    Delivered,
    Read,
}

/// The message that another one answers, as it is now.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct QuotedMessage {
    #[schema(rename = "_id")]
    id: Id,
    #[schema(required)]
    text: Option<String>,
    sender_id: Person,
}

/// Who set an emoji.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct Reaction {
    emoji: String,
    user_ids: Vec<Id>,
}

/// Which message is gone.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct DeletedMessage {
    message_id: Id,
    conversation_id: Id,
    /// Of the deletion.
    rev: u64,
}

/// What conversations have for their cursors.
#[derive(ToSchema)]
pub(in crate::http) struct SyncedConversations {
    conversations: Vec<SyncedConversation>,
    /// Not, or no longer, one's own.
    removed: Vec<Id>,
}

/// What a conversation has for a cursor.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::http) struct SyncedConversation {
    conversation_id: Id,
    /// Each message that was created or changed, once, as it is now; oldest change first.
    changes: Vec<Message>,
    /// The next cursor.
    rev: u64,
    has_more: bool,
}
