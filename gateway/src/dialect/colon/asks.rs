//! What clients send, where it is this dialect's own.

use natter_domain::command::MAX_READ_IDS;
use natter_domain::message::{Draft, MAX_MEDIA};
use natter_domain::{ConversationId, Media, MediaKind, MessageId, MessageKind, Rejection};
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{ArrayBuilder, RefOr, Schema};

use crate::dialect::Fields;
use crate::dialect::object::{ClientMessageId, Field, FileText, FileUrl, file, string};
use crate::dialect::wire::{Id, MessageType, media_kind};

object! {
    /// A message, and where it goes.
    SendMessage as "colon.SendMessage" {
        /// Where.
        conversation: ConversationId = "conversationId",
        ..content: Content
    }
}

object! {
    /// A message: text, media or both.
    Content as "colon.Content" {
        /// At most 10,000 code points.
        text: Option<String> = "text",
        /// At most 10 files.
        media: Files = "media",
        /// The content's, where absent.
        kind: Option<Kind> = "messageType",
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
            media: content.media.0,
            kind: content.kind.map(|kind| kind.0),
            reply_to: content.reply_to,
            client_message_id: content.client_message_id.map(|name| name.0),
        }
    }
}

object! {
    /// A file that the media service issued, or of a place that the configuration allows.
    SentFile as "colon.SentFile" {
        /// Where it is.
        url: FileUrl = "url",
        /// What it is shown as.
        kind: FileKind = "type",
        /// Its name.
        filename: Option<FileText> = "filename",
        /// In bytes.
        size: Option<u64> = "size",
    }
}

impl From<SentFile> for Media {
    fn from(file: SentFile) -> Self {
        Self {
            url: file.url.0,
            kind: file.kind.0,
            filename: file.filename.map(|name| name.0),
            size: file.size,
            mimetype: None,
        }
    }
}

object! {
    /// Messages of others that were read.
    MarkRead as "colon.MarkRead" {
        /// Where.
        conversation: ConversationId = "conversationId",
        /// At most 1,000; none: all that are unread.
        messages: MessageIds = "messageIds",
    }
}

object! {
    /// A message's new text.
    EditMessage as "colon.EditMessage" {
        /// Which message.
        message: MessageId = "messageId",
        ..new: NewText
    }
}

object! {
    /// A message's new text.
    NewText as "colon.NewText" {
        /// At most 10,000 code points.
        text: String = "text",
    }
}

/// Files of a message.
pub(crate) struct Files(Vec<Media>);

impl Field for Files {
    const REQUIRED: bool = false;

    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let one = |value: &Value| match Fields::of_value(value) {
            Some(fields) => file::<SentFile>(&fields, name),
            None => Err(Rejection::invalid(name, "must be a list of objects")),
        };
        let files = fields.list(name, MAX_MEDIA)?.unwrap_or_default();
        files.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(SentFile::schema()).max_items(Some(MAX_MEDIA)).into()
    }
}

/// What a message says that it is. Audio is understood, so that it can be refused as what it is.
pub(crate) struct Kind(MessageKind);

impl Field for Kind {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let kind = MessageType::named(fields.text(name)?);
        kind.map(Self).ok_or_else(|| Rejection::invalid(name, "must be text, image, video or file"))
    }

    fn schema() -> RefOr<Schema> {
        string().enum_values(Some(["text", "image", "video", "file"])).into()
    }
}

/// What a file is shown as.
pub(crate) struct FileKind(MediaKind);

impl Field for FileKind {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let FileText(kind) =
            fields.get(name).map_or_else(|| Ok(FileText(String::new())), |_| FileText::read(fields, name))?;
        media_kind(&kind).map(Self).ok_or_else(|| Rejection::invalid(name, "must be image, video or file"))
    }

    fn schema() -> RefOr<Schema> {
        string().enum_values(Some(["image", "video", "file"])).into()
    }
}

/// Messages by their ids.
pub(crate) struct MessageIds(pub(super) Vec<MessageId>);

impl Field for MessageIds {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.ids(name, MAX_READ_IDS, MessageId::lenient).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Id::schema()).max_items(Some(MAX_READ_IDS)).into()
    }
}
