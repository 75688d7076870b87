//! What clients send, where it is this dialect's own.

use std::borrow::Cow;

use natter_domain::message::Draft;
use natter_domain::{ConversationId, Media, MediaKind, MessageId, Rejection, UserId};
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::dialect::Fields;
use crate::dialect::asked::{InConversation, Join};
use crate::dialect::object::{ClientMessageId, Field, FileText, FileUrl, file, string};
use crate::dialect::payload::{FromFields, Sent};
use crate::dialect::wire::{Id, media_kind};
use crate::socket::Payload;

object! {
    /// A message to somebody.
    SendDirect as "snake.SendDirect" {
        /// To whom.
        recipient: UserId = "recipientId",
        ..content: Content
    }
}

object! {
    /// A message to a group.
    SendToGroup as "snake.SendToGroup" {
        /// Which.
        conversation: ConversationId = "conversationId",
        ..content: Content
    }
}

object! {
    /// A message: text, a file or both.
    Content as "snake.Content" {
        /// At most 10,000 code points.
        text: Option<String> = "content",
        /// The object that the upload returned.
        file: OneFile = "file",
        /// A message of this conversation.
        reply_to: Option<MessageId> = "replyTo",
        /// The sender's own name for it: sending it again stores nothing more.
        client_message_id: Option<ClientMessageId> = "clientMessageId",
    }
}

impl From<Content> for Draft {
    fn from(content: Content) -> Self {
        Self {
            text: content.text,
            media: content.file.0.into_iter().collect(),
            kind: None,
            reply_to: content.reply_to,
            client_message_id: content.client_message_id.map(|name| name.0),
        }
    }
}

object! {
    /// The object that the upload returned.
    SentFile as "snake.SentFile" {
        /// Where it is.
        url: FileUrl = "url",
        /// What it is.
        kind: FileKind = "messageType",
        /// Its name.
        filename: Option<FileText> = "filename",
        /// In bytes.
        size: Option<u64> = "size",
        /// Its content's type.
        mimetype: Option<FileText> = "mimetype",
    }
}

impl From<SentFile> for Media {
    fn from(file: SentFile) -> Self {
        Self {
            url: file.url.0,
            kind: file.kind.0,
            filename: file.filename.map(|name| name.0),
            size: file.size,
            mimetype: file.mimetype.map(|name| name.0),
        }
    }
}

/// The file of a message.
pub(crate) struct OneFile(Option<Media>);

impl Field for OneFile {
    const REQUIRED: bool = false;

    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.object(name)?.map(|fields| file::<SentFile>(&fields, name)).transpose().map(Self)
    }

    fn schema() -> RefOr<Schema> {
        SentFile::schema()
    }
}

/// What a file is.
pub(crate) struct FileKind(MediaKind);

impl Field for FileKind {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let FileText(kind) = FileText::read(fields, name)?;
        let kind = media_kind(&kind).map(Self);
        kind.ok_or_else(|| Rejection::invalid(name, "must be image, video, audio or file"))
    }

    fn schema() -> RefOr<Schema> {
        string().enum_values(Some(["image", "video", "audio", "file"])).into()
    }
}

object! {
    /// A message's new text.
    EditMessage as "snake.EditMessage" {
        /// Which message.
        message: MessageId = "messageId",
        ..new: NewText
    }
}

/// A message's new text: `content`, or `text` as elsewhere.
pub(crate) struct NewText(pub(super) String);

impl FromFields for NewText {
    fn from_fields(fields: &Fields) -> Result<Self, Rejection> {
        match fields.get("content").or(fields.get("text")) {
            None => Err(Rejection::invalid("content", "is required")),
            Some(_) => {
                let field = if fields.get("content").is_some() { "content" } else { "text" };
                fields.text(field).map(|text| Self(text.to_owned()))
            }
        }
    }
}

impl PartialSchema for NewText {
    fn schema() -> RefOr<Schema> {
        let about = |text: &str| string().description(Some(text));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A message's new text."))
            .property("content", about("At most 10,000 code points; this or `text`."))
            .property("text", about("What counts where there is no `content`."))
            .into()
    }
}

impl ToSchema for NewText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("snake.NewText")
    }
}

/// A group: its id itself, or an object that names it.
pub(super) struct Group(pub(super) ConversationId);

impl Sent for Group {
    fn read(payload: &Payload) -> Result<Self, Rejection> {
        match bare_id(payload) {
            Some(group) => Ok(Self(group)),
            None => Ok(Self(InConversation::read(payload)?.conversation)),
        }
    }
}

/// A group to join: its id itself, or an object that names it.
pub(super) struct Visit {
    pub(super) group: ConversationId,
    pub(super) after_rev: Option<u64>,
}

impl Sent for Visit {
    fn read(payload: &Payload) -> Result<Self, Rejection> {
        if let Some(group) = bare_id(payload) {
            return Ok(Self { group, after_rev: None });
        }
        let Join { conversation: group, after_rev } = Join::read(payload)?;
        Ok(Self { group, after_rev })
    }
}

/// A payload that is an id itself.
fn bare_id(payload: &Payload) -> Option<ConversationId> {
    match serde_json::from_str(payload.single()?) {
        Ok(Value::String(id)) => Some(ConversationId::lenient(&id)),
        _ => None,
    }
}

impl PartialSchema for Group {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(Id::schema()).item(InConversation::schema()).into()
    }
}

impl ToSchema for Group {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("snake.Group")
    }
}

impl PartialSchema for Visit {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(Id::schema()).item(Join::schema()).into()
    }
}

impl ToSchema for Visit {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("snake.Visit")
    }
}
