//! From a client's event to what it asks for.

use natter_domain::message::Draft;
use natter_domain::{ConversationId, Media, MessageId, Rejection, UserId};
use serde_json::Value;

use super::names;
use crate::dialect::payload::MAX_FILE_TEXT;
use crate::dialect::wire::parse_media_kind;
use crate::dialect::{Fields, Operation, Request};
use crate::socket::Payload;

/// Which request an event is.
pub(super) fn operation(event: &str) -> Option<Operation> {
    Some(match event {
        names::SEND_DIRECT => Operation::SendDirect,
        names::SEND_GROUP => Operation::Send,
        names::MARK_AS_READ => Operation::MarkRead,
        names::JOIN_GROUP => Operation::Join,
        names::LEAVE_GROUP => Operation::Leave,
        names::TYPING_START | names::TYPING_STOP => Operation::Typing,
        names::EDIT_MESSAGE => Operation::Edit,
        names::DELETE_MESSAGE => Operation::Delete,
        names::REACT_MESSAGE => Operation::React,
        names::GET_PRESENCE => Operation::GetPresence,
        names::SYNC => Operation::Sync,
        names::SESSION_REFRESH => Operation::RefreshSession,
        _ => return None,
    })
}

/// What the client asks for.
pub(super) fn decode(event: &str, payload: &Payload) -> Option<Result<Request, Rejection>> {
    let operation = operation(event)?;
    if let (Operation::Join | Operation::Leave, Some(group)) = (operation, bare_id(payload)) {
        return Some(Ok(match operation {
            Operation::Join => Request::Visit { group, after_rev: None },
            _ => Request::EndVisit { group },
        }));
    }
    Some(Fields::of_event(payload).and_then(|fields| request(operation, event, &fields)))
}

/// A payload that is an id itself.
fn bare_id(payload: &Payload) -> Option<ConversationId> {
    match serde_json::from_str(payload.single()?) {
        Ok(Value::String(id)) => Some(ConversationId::lenient(&id)),
        _ => None,
    }
}

fn request(operation: Operation, event: &str, fields: &Fields) -> Result<Request, Rejection> {
    Ok(match operation {
        Operation::SendDirect => Request::SendDirect {
            recipient: fields.id("recipientId", UserId::lenient)?,
            draft: draft(fields)?,
        },
        Operation::Send => {
            Request::Send { conversation: conversation(fields)?, draft: draft(fields)?, group_only: true }
        }
        Operation::MarkRead => Request::MarkMessageRead { message: message(fields)? },
        Operation::Join => {
            Request::Visit { group: conversation(fields)?, after_rev: fields.optional_number("afterRev")? }
        }
        Operation::Leave => Request::EndVisit { group: conversation(fields)? },
        Operation::Typing => {
            Request::Typing { conversation: conversation(fields)?, typing: event == names::TYPING_START }
        }
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

/// The text of `edit_message`, which HTTP takes, too: `content`, or `text` as elsewhere.
pub(super) fn new_text(fields: &Fields) -> Result<String, Rejection> {
    match fields.optional_text("content")? {
        Some(text) => Ok(text.to_owned()),
        None => match fields.optional_text("text")? {
            Some(text) => Ok(text.to_owned()),
            None => Err(Rejection::invalid("content", "is required")),
        },
    }
}

/// The content of a message, which HTTP takes, too.
pub(super) fn draft(fields: &Fields) -> Result<Draft, Rejection> {
    let file = fields.object("file")?;
    Ok(Draft {
        text: fields.optional_text("content")?.map(str::to_owned),
        media: file.iter().map(media).collect::<Result<_, _>>()?,
        kind: None,
        reply_to: fields.optional_text("replyTo")?.map(MessageId::lenient),
        client_message_id: fields.client_message_id()?,
    })
}

/// The object that the upload returned.
fn media(file: &Fields) -> Result<Media, Rejection> {
    let text = |field: &str| match file.optional_text(field).map_err(of_file)? {
        Some(text) if text.len() > MAX_FILE_TEXT => Err(of_file(Rejection::invalid(field, "is too long"))),
        text => Ok(text),
    };
    let required = |field: &str| of_file(Rejection::invalid(field, "is required"));
    let url = text("url")?.filter(|url| !url.is_empty()).ok_or_else(|| required("url"))?;
    let kind = parse_media_kind(text("messageType")?.ok_or_else(|| required("messageType"))?);
    let kind = kind
        .ok_or_else(|| of_file(Rejection::invalid("messageType", "must be image, video, audio or file")))?;
    Ok(Media {
        url: url.to_owned(),
        kind,
        filename: text("filename")?.map(str::to_owned),
        size: file.optional_number("size").map_err(of_file)?,
        mimetype: text("mimetype")?.map(str::to_owned),
    })
}

/// The fault of a field inside `file`.
fn of_file(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::Invalid { field, what } => Rejection::invalid("file", format!("{field} {what}")),
        other => other,
    }
}
