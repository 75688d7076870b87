//! The dialect's shapes.

use natter_domain::message::{Quote, ReadBy};
use natter_domain::{ConversationId, Media, MessageId, Timestamp, UserId, UserRef, conversation};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dialect::wire::{self, Id, MessageType, PresenceStatus, Reaction, Status, Time, reactions};

/// A person where they are named.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = snake::Person)]
pub(super) struct Person {
    #[serde(rename = "_id")]
    id: Id,
    username: String,
    /// URL.
    #[schema(required)]
    avatar: Option<String>,
}

impl From<&UserRef> for Person {
    fn from(user: &UserRef) -> Self {
        Self { id: Id::of(user.id), username: user.username.clone(), avatar: user.profile_image.clone() }
    }
}

/// A file in a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = snake::File)]
struct File {
    url: String,
    #[schema(required)]
    filename: Option<String>,
    /// In bytes.
    #[schema(required)]
    size: Option<u64>,
    #[schema(required)]
    mimetype: Option<String>,
}

impl From<&Media> for File {
    fn from(file: &Media) -> Self {
        Self {
            url: file.url.clone(),
            filename: file.filename.clone(),
            size: file.size,
            mimetype: file.mimetype.clone(),
        }
    }
}

/// Who has read a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::ReadBy)]
struct Reader {
    user: Id,
    read_at: Time,
}

impl From<&ReadBy> for Reader {
    fn from(read: &ReadBy) -> Self {
        Self { user: Id::of(read.user), read_at: read.at.into() }
    }
}

/// The message that another one answers, as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = snake::QuotedMessage)]
struct QuotedMessage {
    #[serde(rename = "_id")]
    id: Id,
    #[schema(required)]
    content: Option<String>,
    sender: Person,
}

impl From<&Quote> for QuotedMessage {
    fn from(quote: &Quote) -> Self {
        Self { id: Id::of(quote.id), content: quote.text.clone(), sender: quote.sender.as_ref().into() }
    }
}

/// A message. It has one file here: of several that a client of another dialect sent, the first. A
/// deleted one keeps its place, with `content: null` and `file: null`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::Message)]
pub(super) struct Message {
    #[serde(rename = "_id")]
    id: Id,
    conversation_id: Id,
    sender: Person,
    #[schema(required)]
    content: Option<String>,
    message_type: MessageType,
    #[schema(required)]
    file: Option<File>,
    status: Status,
    read_by: Vec<Reader>,
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
            sender: message.sender.as_ref().into(),
            content: stored.text.clone(),
            message_type: stored.kind.into(),
            file: stored.media.first().map(File::from),
            status: message.status.into(),
            read_by: message.read_by.iter().map(Reader::from).collect(),
            reply_to: message.reply_to.as_ref().map(QuotedMessage::from),
            reactions: reactions(message),
            seq: stored.seq,
            rev: stored.rev,
            client_message_id: stored.client_message_id.clone(),
            created_at: stored.created_at.into(),
            updated_at: stored.updated_at.into(),
            deleted: wire::deleted(message),
        }
    }
}

/// The latest message, for lists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::LastMessage)]
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

/// A message that was stored, is new, or other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = snake::OneMessage)]
pub(super) struct OneMessage {
    pub(super) message: Message,
}

/// A direct message that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = snake::SentDirect)]
pub(super) struct SentDirect {
    message: Message,
    status: Status,
}

impl From<&natter_domain::Message> for SentDirect {
    fn from(message: &natter_domain::Message) -> Self {
        Self { message: message.into(), status: message.status.into() }
    }
}

/// A message that is new.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::NewMessage)]
pub(super) struct NewMessage {
    pub(super) conversation_id: Id,
    pub(super) message: Message,
}

/// A message was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::MessageRead)]
pub(super) struct MessageRead {
    message_id: Id,
    conversation_id: Id,
    read_by: Id,
    read_at: Time,
}

impl MessageRead {
    pub(super) fn new(
        message: MessageId,
        conversation: ConversationId,
        reader: UserId,
        at: Timestamp,
    ) -> Self {
        Self {
            message_id: Id::of(message),
            conversation_id: Id::of(conversation),
            read_by: Id::of(reader),
            read_at: at.into(),
        }
    }
}

/// Somebody in a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::Somebody)]
pub(super) struct Somebody {
    user_id: Id,
    username: String,
    conversation_id: Id,
}

impl Somebody {
    pub(super) fn new(user: &UserRef, conversation: ConversationId) -> Self {
        Self {
            user_id: Id::of(user.id),
            username: user.username.clone(),
            conversation_id: Id::of(conversation),
        }
    }
}

/// Somebody types no longer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::StoppedTyping)]
pub(super) struct StoppedTyping {
    pub(super) user_id: Id,
    pub(super) conversation_id: Id,
}

/// Somebody is online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::Online)]
pub(super) struct Online {
    user_id: Id,
    username: String,
}

impl From<&UserRef> for Online {
    fn from(user: &UserRef) -> Self {
        Self { user_id: Id::of(user.id), username: user.username.clone() }
    }
}

/// Somebody is no longer online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::Offline)]
pub(super) struct Offline {
    user_id: Id,
    last_seen: Time,
}

impl Offline {
    pub(super) fn new(user: &UserRef, last_seen: Timestamp) -> Self {
        Self { user_id: Id::of(user.id), last_seen: last_seen.into() }
    }
}

/// Somebody is, or is no longer, online.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = snake::StatusChanged)]
pub(super) struct StatusChanged {
    user_id: Id,
    username: String,
    status: PresenceStatus,
    /// Null while they are online.
    #[schema(required)]
    last_seen: Option<Time>,
}

impl StatusChanged {
    /// Offline since `last_seen`, or online without it.
    pub(super) fn new(user: &UserRef, last_seen: Option<Timestamp>) -> Self {
        Self {
            user_id: Id::of(user.id),
            username: user.username.clone(),
            status: if last_seen.is_some() { PresenceStatus::Offline } else { PresenceStatus::Online },
            last_seen: last_seen.map(Time::from),
        }
    }
}
