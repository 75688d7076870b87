//! The dialect's shapes.

use natter_domain::message::Quote;
use natter_domain::{MediaKind, Message, MessageKind, UserRef};
use serde_json::{Value, json};

use crate::dialect::wire::{file_size, media_kind, message_kind, reactions, status, text};

/// A person where they are named.
pub(super) fn person(user: &UserRef) -> Value {
    json!({"_id": text(user.id), "name": user.name, "profileImage": user.profile_image})
}

/// The dialect has no audio: what a client of another one sent is a file.
const fn without_audio(kind: MediaKind) -> MediaKind {
    match kind {
        MediaKind::Audio => MediaKind::File,
        MediaKind::Image | MediaKind::Video | MediaKind::File => kind,
    }
}

/// What a message mainly is.
pub(super) fn kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => message_kind(kind),
        MessageKind::Media(kind) => media_kind(without_audio(kind)),
    }
}

fn quote(quote: &Quote) -> Value {
    json!({"_id": text(quote.id), "text": quote.text, "senderId": person(&quote.sender)})
}

/// A message.
pub(super) fn message(message: &Message) -> Value {
    let stored = &message.stored;
    let media: Vec<_> = stored
        .media
        .iter()
        .map(|file| {
            json!({
                "url": file.url,
                "type": media_kind(without_audio(file.kind)),
                "filename": file.filename,
                "size": file_size(file),
            })
        })
        .collect();
    let mut shown = json!({
        "_id": text(stored.id),
        "conversationId": text(stored.conversation),
        "senderId": person(&message.sender),
        "text": stored.text,
        "media": media,
        "messageType": kind(stored.kind),
        "status": status(message.status),
        "replyTo": message.reply_to.as_ref().map(quote),
        "reactions": reactions(message),
        "seq": stored.seq,
        "rev": stored.rev,
        "clientMessageId": stored.client_message_id,
        "editedAt": stored.edited_at.map(text),
        "createdAt": text(stored.created_at),
        "updatedAt": text(stored.updated_at),
    });
    if let (true, Some(fields)) = (stored.deleted, shown.as_object_mut()) {
        fields.insert("deleted".to_owned(), Value::Bool(true));
    }
    shown
}
