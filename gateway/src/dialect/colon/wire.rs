//! The dialect's shapes.

use natter_domain::message::Quote;
use natter_domain::receipt::ReadReceipt;
use natter_domain::{
    ConversationId, Media, MediaKind, MessageKind, Timestamp, UserId, UserRef, conversation,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dialect::wire::{self, Id, Reaction, Status, Time, reactions};

/// A person where they are named.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Person)]
pub(super) struct Person {
    #[serde(rename = "_id")]
    id: Id,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
}

impl From<&UserRef> for Person {
    fn from(user: &UserRef) -> Self {
        Self { id: Id::of(user.id), name: user.name.clone(), profile_image: user.profile_image.clone() }
    }
}

/// What a message, or a file in one, is: `text` without media, otherwise the type of the first file.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = colon::MessageType)]
pub(super) enum MessageType {
    Text,
    Image,
    Video,
    File,
}

/// The dialect has no audio: what a client of another one sent is a file.
impl From<MessageKind> for MessageType {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Media(MediaKind::Image) => Self::Image,
            MessageKind::Media(MediaKind::Video) => Self::Video,
            MessageKind::Media(MediaKind::Audio | MediaKind::File) => Self::File,
        }
    }
}

/// A file in a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = colon::MediaFile)]
struct MediaFile {
    url: String,
    #[serde(rename = "type")]
    kind: MessageType,
    #[schema(required)]
    filename: Option<String>,
    /// In bytes.
    #[schema(required)]
    size: Option<u64>,
}

impl From<&Media> for MediaFile {
    fn from(file: &Media) -> Self {
        Self {
            url: file.url.clone(),
            kind: MessageKind::Media(file.kind).into(),
            filename: file.filename.clone(),
            size: file.size,
        }
    }
}

/// The message that another one answers, as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::QuotedMessage)]
struct QuotedMessage {
    #[serde(rename = "_id")]
    id: Id,
    #[schema(required)]
    text: Option<String>,
    sender_id: Person,
}

impl From<&Quote> for QuotedMessage {
    fn from(quote: &Quote) -> Self {
        Self { id: Id::of(quote.id), text: quote.text.clone(), sender_id: quote.sender.as_ref().into() }
    }
}

/// A message. A deleted one keeps its place, with `text: null` and `media: []`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Message)]
pub(super) struct Message {
    #[serde(rename = "_id")]
    id: Id,
    conversation_id: Id,
    /// Whose.
    sender_id: Person,
    #[schema(required)]
    text: Option<String>,
    media: Vec<MediaFile>,
    message_type: MessageType,
    status: Status,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
}

impl From<&natter_domain::Message> for Message {
    fn from(message: &natter_domain::Message) -> Self {
        let stored = &message.stored;
        Self {
            id: Id::of(stored.id),
            conversation_id: Id::of(stored.conversation),
            sender_id: message.sender.as_ref().into(),
            text: stored.text.clone(),
            media: stored.media.iter().map(MediaFile::from).collect(),
            message_type: stored.kind.into(),
            status: message.status.into(),
            reply_to: message.reply_to.as_ref().map(QuotedMessage::from),
            reactions: reactions(message),
            seq: stored.seq,
            rev: stored.rev,
            client_message_id: stored.client_message_id.clone(),
            edited_at: stored.edited_at.map(Time::from),
            created_at: stored.created_at.into(),
            updated_at: stored.updated_at.into(),
            deleted: wire::deleted(message),
        }
    }
}

/// The latest message, for lists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::LastMessage)]
pub(super) struct LastMessage {
    /// Its text.
    #[schema(required)]
    content: Option<String>,
    sender: Person,
    timestamp: Time,
    message_type: MessageType,
}

impl From<&conversation::LastMessage> for LastMessage {
    fn from(last: &conversation::LastMessage) -> Self {
        Self {
            content: last.content.clone(),
            sender: last.sender.as_ref().into(),
            timestamp: last.at.into(),
            message_type: last.kind.into(),
        }
    }
}

/// A message that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Sent)]
pub(super) struct Sent {
    message_id: Id,
    #[schema(required)]
    client_message_id: Option<String>,
    seq: u64,
    rev: u64,
    status: Status,
    created_at: Time,
    message: Message,
}

impl From<&natter_domain::Message> for Sent {
    fn from(message: &natter_domain::Message) -> Self {
        let stored = &message.stored;
        Self {
            message_id: Id::of(stored.id),
            client_message_id: stored.client_message_id.clone(),
            seq: stored.seq,
            rev: stored.rev,
            status: message.status.into(),
            created_at: stored.created_at.into(),
            message: message.into(),
        }
    }
}

/// A message of the socket's own was stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::MessageSent)]
pub(super) struct MessageSent {
    message_id: Id,
    conversation_id: Id,
    #[schema(required)]
    client_message_id: Option<String>,
    seq: u64,
    created_at: Time,
}

impl From<&natter_domain::Message> for MessageSent {
    fn from(message: &natter_domain::Message) -> Self {
        let stored = &message.stored;
        Self {
            message_id: Id::of(stored.id),
            conversation_id: Id::of(stored.conversation),
            client_message_id: stored.client_message_id.clone(),
            seq: stored.seq,
            created_at: stored.created_at.into(),
        }
    }
}

/// A message that is new, or other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = colon::OneMessage)]
pub(super) struct OneMessage {
    pub(super) message: Message,
}

/// Messages were read; at most 500.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::MessagesRead)]
pub(super) struct MessagesRead {
    #[schema(max_items = 500)]
    message_ids: Vec<Id>,
    read_by: Id,
    conversation_id: Id,
    read_at: Time,
}

impl From<&ReadReceipt> for MessagesRead {
    fn from(receipt: &ReadReceipt) -> Self {
        Self {
            message_ids: receipt.messages.iter().map(Id::of).collect(),
            read_by: Id::of(receipt.reader),
            conversation_id: Id::of(receipt.conversation),
            read_at: receipt.at.into(),
        }
    }
}

/// Somebody types, or no longer does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Typing)]
pub(super) struct Typing {
    pub(super) user_id: Id,
    pub(super) conversation_id: Id,
}

/// Somebody is online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Online)]
pub(super) struct Online {
    pub(super) user_id: Id,
}

/// Somebody is no longer online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Offline)]
pub(super) struct Offline {
    user_id: Id,
    last_seen: Time,
}

impl Offline {
    pub(super) fn new(user: &UserRef, last_seen: Timestamp) -> Self {
        Self { user_id: Id::of(user.id), last_seen: last_seen.into() }
    }
}

/// Somebody was added to a group, or is no longer in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = colon::Member)]
pub(super) struct Member {
    conversation_id: Id,
    user_id: Id,
    name: String,
    by: Id,
}

impl Member {
    pub(super) fn new(conversation: ConversationId, user: &UserRef, by: UserId) -> Self {
        Self {
            conversation_id: Id::of(conversation),
            user_id: Id::of(user.id),
            name: user.name.clone(),
            by: Id::of(by),
        }
    }
}
