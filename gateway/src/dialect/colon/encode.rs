//! From what has happened to the dialect's events.

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::{Change, ChangeKind};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationId, Message, Timestamp, UserId, UserRef};
use serde_json::{Value, json};

use super::{names, wire};
use crate::dialect::wire::{
    activity, conversation, deleted, failure, frame, photo_removed, photo_updated, presences, ready, status,
    succeeded, synced, text,
};
use crate::dialect::{Answer, SessionEnd};
use crate::socket::Frame;

pub(super) fn error(message: &str, code: &str, event: &str) -> Frame {
    frame(names::ERROR, &failure(message, code, event))
}

pub(super) fn session_ready(user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Frame {
    frame(names::SESSION_READY, &ready(user, socket, now, expires_at))
}

pub(super) fn session_expiring(expires_at: Timestamp) -> Frame {
    frame(names::SESSION_EXPIRING, &json!({"expiresAt": text(expires_at)}))
}

pub(super) fn session_expired(end: SessionEnd) -> Frame {
    frame(names::SESSION_EXPIRED, &json!({"code": end.code()}))
}

/// The object of a successful ack.
pub(super) fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Done => json!({"success": true}),
        Answer::Joined(joined) => {
            json!({"success": true, "rev": joined.head.rev, "lastSeq": joined.head.seq})
        }
        Answer::Sent(message) | Answer::SentDirect(message) => sent(message),
        Answer::Changed(message) => {
            json!({"success": true, "rev": message.stored.rev, "message": wire::message(message)})
        }
        Answer::Presences { users, malformed } => {
            json!({"success": true, "users": presences(users, malformed)})
        }
        Answer::Refreshed { expires_at } => json!({"success": true, "expiresAt": text(expires_at)}),
        Answer::Synced { parts, malformed } => succeeded(synced(parts, malformed, wire::message)),
    }
}

fn sent(message: &Message) -> Value {
    let stored = &message.stored;
    json!({
        "success": true,
        "messageId": text(stored.id),
        "clientMessageId": stored.client_message_id,
        "seq": stored.seq,
        "rev": stored.rev,
        "status": status(message.status),
        "createdAt": text(stored.created_at),
        "message": wire::message(message),
    })
}

/// Events for the asking socket alone.
pub(super) fn echo(answer: &Answer) -> Vec<Frame> {
    match answer {
        Answer::Sent(message) | Answer::SentDirect(message) => {
            let stored = &message.stored;
            let payload = json!({
                "messageId": text(stored.id),
                "conversationId": text(stored.conversation),
                "clientMessageId": stored.client_message_id,
                "seq": stored.seq,
                "createdAt": text(stored.created_at),
            });
            vec![frame(names::MESSAGE_SENT, &payload)]
        }
        Answer::Done
        | Answer::Joined(_)
        | Answer::Changed(_)
        | Answer::Presences { .. }
        | Answer::Refreshed { .. }
        | Answer::Synced { .. } => Vec::new(),
    }
}

fn changed(change: &Change) -> Frame {
    let message = &change.message;
    match change.kind {
        ChangeKind::Created => frame(names::NEW_MESSAGE, &json!({"message": wire::message(message)})),
        ChangeKind::Updated => frame(names::MESSAGE_UPDATED, &json!({"message": wire::message(message)})),
        ChangeKind::Deleted => frame(names::MESSAGE_DELETED, &deleted(message)),
    }
}

fn read(receipt: &ReadReceipt) -> Frame {
    let payload = json!({
        "messageIds": receipt.messages.iter().map(text).collect::<Vec<_>>(),
        "readBy": text(receipt.reader),
        "conversationId": text(receipt.conversation),
        "readAt": text(receipt.at),
    });
    frame(names::MESSAGES_READ, &payload)
}

fn member(event: &str, id: ConversationId, user: &UserRef, by: UserId) -> Frame {
    let payload = json!({
        "conversationId": text(id),
        "userId": text(user.id),
        "name": user.name,
        "by": text(by),
    });
    frame(event, &payload)
}

/// What a conversation's room is told.
pub(super) fn room(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    vec![match event {
        ConversationEvent::Changed(change) => changed(change),
        ConversationEvent::Read(receipt) => read(receipt),
        ConversationEvent::Typing { user, typing, .. } => {
            let event = if *typing { names::TYPING_START } else { names::TYPING_STOP };
            frame(event, &json!({"userId": text(user.id), "conversationId": text(id)}))
        }
        ConversationEvent::PhotoChanged { photo: Some(photo), by } => {
            frame(names::PHOTO_UPDATED, &photo_updated(id, photo, *by))
        }
        ConversationEvent::PhotoChanged { photo: None, by } => {
            frame(names::PHOTO_REMOVED, &photo_removed(id, *by))
        }
        ConversationEvent::MemberJoined { user, by } => member(names::MEMBER_JOINED, id, user, *by),
        ConversationEvent::MemberLeft { user, by } => member(names::MEMBER_LEFT, id, user, *by),
        ConversationEvent::Head(_)
        | ConversationEvent::Visited { .. }
        | ConversationEvent::Relayed { .. }
        | ConversationEvent::Deleted => return Vec::new(),
    }]
}

/// What a user's sockets are told.
pub(super) fn personal(event: &UserEvent) -> Vec<Frame> {
    vec![match event {
        UserEvent::MessageDelivered { message, conversation } => {
            let payload = json!({"messageId": text(message), "conversationId": text(conversation)});
            frame(names::MESSAGE_DELIVERED, &payload)
        }
        UserEvent::MessagesRead(receipt) => read(receipt),
        UserEvent::ConversationCreated(view) => {
            let view = conversation(view, wire::person, wire::kind);
            frame(names::CONVERSATION_NEW, &json!({"conversation": view}))
        }
        UserEvent::ConversationUpdated(view) => {
            let view = conversation(view, wire::person, wire::kind);
            frame(names::CONVERSATION_UPDATED, &json!({"conversation": view}))
        }
        UserEvent::ConversationActivity(news) => {
            let view = activity(news, wire::person, wire::kind);
            frame(names::CONVERSATION_UPDATED, &json!({"conversation": view}))
        }
        UserEvent::ConversationRemoved(id) => {
            frame(names::CONVERSATION_REMOVED, &json!({"conversationId": text(id)}))
        }
        UserEvent::ContactOnline(user) => frame(names::USER_ONLINE, &json!({"userId": text(user.id)})),
        UserEvent::ContactOffline { user, last_seen } => {
            frame(names::USER_OFFLINE, &json!({"userId": text(user.id), "lastSeen": text(last_seen)}))
        }
        // In this dialect direct conversations are joined like any other.
        UserEvent::Direct { .. } => return Vec::new(),
    }]
}
