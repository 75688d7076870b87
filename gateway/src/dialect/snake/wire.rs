//! The dialect's shapes.

use natter_domain::message::{Quote, ReadBy};
use natter_domain::{Media, Message, UserRef};
use serde_json::{Value, json};

use crate::dialect::wire::{file_size, message_kind, reactions, status, text};

/// A person where they are named.
pub(super) fn person(user: &UserRef) -> Value {
    json!({"_id": text(user.id), "username": user.username, "avatar": user.profile_image})
}

fn quote(quote: &Quote) -> Value {
    json!({"_id": text(quote.id), "content": quote.text, "sender": person(&quote.sender)})
}

fn file(file: &Media) -> Value {
    json!({
        "url": file.url,
        "filename": file.filename,
        "size": file_size(file),
        "mimetype": file.mimetype,
    })
}

fn read_by(read: &ReadBy) -> Value {
    json!({"user": text(read.user), "readAt": text(read.at)})
}

/// A message. It has one file here: of several that a client of another dialect sent, the first.
pub(super) fn message(message: &Message) -> Value {
    let stored = &message.stored;
    let mut shown = json!({
        "_id": text(stored.id),
        "conversationId": text(stored.conversation),
        "sender": person(&message.sender),
        "content": stored.text,
        "messageType": message_kind(stored.kind),
        "file": stored.media.first().map(file),
        "status": status(message.status),
        "readBy": message.read_by.iter().map(read_by).collect::<Vec<_>>(),
        "replyTo": message.reply_to.as_ref().map(quote),
        "reactions": reactions(message),
        "seq": stored.seq,
        "rev": stored.rev,
        "clientMessageId": stored.client_message_id,
        "createdAt": text(stored.created_at),
        "updatedAt": text(stored.updated_at),
    });
    if let (true, Some(fields)) = (stored.deleted, shown.as_object_mut()) {
        fields.insert("deleted".to_owned(), Value::Bool(true));
    }
    shown
}
