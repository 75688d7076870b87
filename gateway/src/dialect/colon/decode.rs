//! From a client's event to what it asks for.

use natter_domain::command::MAX_READ_IDS;
use natter_domain::message::{Draft, MAX_MEDIA};
use natter_domain::{ConversationId, Media, MessageId, Rejection};
use serde_json::{Map, Value};

use super::names;
use crate::dialect::payload::MAX_FILE_TEXT;
use crate::dialect::wire::{parse_media_kind, parse_message_kind};
use crate::dialect::{Fields, Operation, Request};
use crate::socket::Payload;

/// Which request an event is.
pub(super) fn operation(event: &str) -> Option<Operation> {
    Some(match event {
        names::JOIN => Operation::Join,
        names::LEAVE => Operation::Leave,
        names::SEND => Operation::Send,
        names::TYPING_START | names::TYPING_STOP => Operation::Typing,
        names::MESSAGE_READ => Operation::MarkRead,
        names::MESSAGE_EDIT => Operation::Edit,
        names::MESSAGE_DELETE => Operation::Delete,
        names::MESSAGE_REACT => Operation::React,
        names::PRESENCE_GET => Operation::GetPresence,
        names::SYNC => Operation::Sync,
        names::SESSION_REFRESH => Operation::RefreshSession,
        _ => return None,
    })
}

/// What the client asks for.
pub(super) fn decode(event: &str, payload: &Payload) -> Option<Result<Request, Rejection>> {
    let operation = operation(event)?;
    Some(Fields::of_event(payload).and_then(|fields| request(operation, event, &fields)))
}

/// The text of `message:edit`, which HTTP takes, too.
pub(super) fn new_text(fields: &Fields) -> Result<String, Rejection> {
    fields.text("text").map(str::to_owned)
}

fn request(operation: Operation, event: &str, fields: &Fields) -> Result<Request, Rejection> {
    Ok(match operation {
        Operation::Join => Request::Join {
            conversation: conversation(fields)?,
            after_rev: fields.optional_number("afterRev")?,
        },
        Operation::Leave => Request::Leave { conversation: conversation(fields)? },
        Operation::Send | Operation::SendDirect => {
            Request::Send { conversation: conversation(fields)?, draft: draft(fields)?, group_only: false }
        }
        Operation::Typing => {
            Request::Typing { conversation: conversation(fields)?, typing: event == names::TYPING_START }
        }
        Operation::MarkRead => Request::MarkRead {
            conversation: conversation(fields)?,
            messages: fields.ids("messageIds", MAX_READ_IDS, MessageId::lenient)?,
        },
        Operation::Edit => Request::Edit { message: message(fields)?, text: new_text(fields)? },
        Operation::Delete => Request::Delete { message: message(fields)? },
        Operation::React => Request::React {
            message: message(fields)?,
            emoji: fields.text("emoji")?.to_owned(),
            remove: fields.flag("remove")?,
        },
        Operation::GetPresence => Request::GetPresence { users: fields.presence_users()? },
        Operation::Sync => {
            let (cursors, limit) = fields.sync()?;
            Request::Sync { cursors, limit }
        }
        Operation::RefreshSession => Request::RefreshSession { token: fields.text("token")?.to_owned() },
    })
}

fn conversation(fields: &Fields) -> Result<ConversationId, Rejection> {
    fields.id("conversationId", ConversationId::lenient)
}

fn message(fields: &Fields) -> Result<MessageId, Rejection> {
    fields.id("messageId", MessageId::lenient)
}

/// The content of `send:message`, which HTTP takes, too.
pub(super) fn draft(fields: &Fields) -> Result<Draft, Rejection> {
    let kind = match fields.optional_text("messageType")? {
        None => None,
        Some(name) => Some(
            parse_message_kind(name)
                .ok_or_else(|| Rejection::invalid("messageType", "must be text, image, video or file"))?,
        ),
    };
    let media = fields.list("media", MAX_MEDIA)?.unwrap_or_default();
    Ok(Draft {
        text: fields.optional_text("text")?.map(str::to_owned),
        media: media.iter().map(file).collect::<Result<_, _>>()?,
        kind,
        reply_to: fields.optional_text("replyTo")?.map(MessageId::lenient),
        client_message_id: fields.client_message_id()?,
    })
}

fn file(value: &Value) -> Result<Media, Rejection> {
    let faulty = |what: &str| Rejection::invalid("media", what);
    let Value::Object(file) = value else { return Err(faulty("must be a list of objects")) };
    let text = |field: &str| -> Result<Option<&str>, Rejection> {
        match present(file, field) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= MAX_FILE_TEXT => Ok(Some(text)),
            Some(Value::String(_)) => Err(faulty(&format!("{field} is too long"))),
            Some(_) => Err(faulty(&format!("{field} must be a string"))),
        }
    };
    let url = text("url")?.filter(|url| !url.is_empty()).ok_or_else(|| faulty("url is required"))?;
    let kind = text("type")?.and_then(parse_media_kind);
    let size = match present(file, "size") {
        None => None,
        Some(size) => Some(size.as_u64().ok_or_else(|| faulty("size must be a whole number from 0"))?),
    };
    Ok(Media {
        url: url.to_owned(),
        kind: kind.ok_or_else(|| faulty("type must be image, video or file"))?,
        filename: text("filename")?.map(str::to_owned),
        size,
        mimetype: None,
    })
}

fn present<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}
