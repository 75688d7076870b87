//! From what has happened to the dialect's events.

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::{Change, ChangeKind};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationId, ConversationKind, Timestamp, UserId, UserRef};
use serde_json::{Value, json};

use super::{names, wire};
use crate::dialect::wire::{
    activity, conversation, deleted, failure, frame, message_kind, photo_removed, photo_updated, presences,
    ready, status, succeeded, synced, text,
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
    succeeded(match answer {
        Answer::Done => json!({}),
        Answer::Joined(joined) => json!({"rev": joined.head.rev, "lastSeq": joined.head.seq}),
        Answer::Sent(message) => json!({"message": wire::message(message)}),
        Answer::SentDirect(message) => {
            json!({"message": wire::message(message), "status": status(message.status)})
        }
        Answer::Changed(message) => json!({"rev": message.stored.rev, "message": wire::message(message)}),
        Answer::Presences { users, malformed } => json!({"users": presences(users, malformed)}),
        Answer::Refreshed { expires_at } => json!({"expiresAt": text(expires_at)}),
        Answer::Synced { parts, malformed } => synced(parts, malformed, wire::message),
    })
}

fn changed(id: ConversationId, change: &Change, created: &str) -> Frame {
    let message = wire::message(&change.message);
    match change.kind {
        ChangeKind::Created => frame(created, &json!({"conversationId": text(id), "message": message})),
        ChangeKind::Updated => frame(names::MESSAGE_UPDATED, &json!({"message": message})),
        ChangeKind::Deleted => frame(names::MESSAGE_DELETED, &deleted(&change.message)),
    }
}

/// One a message.
fn read(receipt: &ReadReceipt) -> Vec<Frame> {
    let one = |message| {
        let payload = json!({
            "messageId": text(message),
            "conversationId": text(receipt.conversation),
            "readBy": text(receipt.reader),
            "readAt": text(receipt.at),
        });
        frame(names::MESSAGE_READ, &payload)
    };
    receipt.messages.iter().map(one).collect()
}

fn typing(id: ConversationId, user: &UserRef, typing: bool) -> Frame {
    match typing {
        true => frame(names::USER_TYPING, &somebody(id, user)),
        false => {
            frame(names::USER_STOPPED_TYPING, &json!({"userId": text(user.id), "conversationId": text(id)}))
        }
    }
}

fn somebody(id: ConversationId, user: &UserRef) -> Value {
    json!({"userId": text(user.id), "username": user.username, "conversationId": text(id)})
}

/// What a group's room is told.
pub(super) fn room(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    told(id, event, names::NEW_GROUP_MESSAGE)
}

/// What both users' sockets are told of a direct conversation.
pub(super) fn direct(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    told(id, event, names::NEW_MESSAGE)
}

fn told(id: ConversationId, event: &ConversationEvent, created: &str) -> Vec<Frame> {
    vec![match event {
        ConversationEvent::Changed(change) => changed(id, change, created),
        ConversationEvent::Typing { user, typing: on, .. } => typing(id, user, *on),
        ConversationEvent::Visited { user, came: true, .. } => {
            frame(names::USER_JOINED_GROUP, &somebody(id, user))
        }
        ConversationEvent::Visited { user, came: false, .. } => {
            frame(names::USER_LEFT_GROUP, &somebody(id, user))
        }
        ConversationEvent::PhotoChanged { photo: Some(photo), by } => {
            frame(names::PHOTO_UPDATED, &photo_updated(id, photo, *by))
        }
        ConversationEvent::PhotoChanged { photo: None, by } => {
            frame(names::PHOTO_REMOVED, &photo_removed(id, *by))
        }
        // Readings are told to the senders, and who takes part by `conversation_updated`.
        ConversationEvent::Read(_)
        | ConversationEvent::MemberJoined { .. }
        | ConversationEvent::MemberLeft { .. }
        | ConversationEvent::Head(_)
        | ConversationEvent::Relayed { .. }
        | ConversationEvent::Deleted => return Vec::new(),
    }]
}

/// What a user's sockets are told.
pub(super) fn personal(event: &UserEvent) -> Vec<Frame> {
    match event {
        UserEvent::MessageDelivered { message, conversation } => {
            let payload = json!({"messageId": text(message), "conversationId": text(conversation)});
            vec![frame(names::MESSAGE_DELIVERED, &payload)]
        }
        UserEvent::MessagesRead(receipt) => read(receipt),
        UserEvent::ConversationCreated(view) => {
            let view = conversation(view, wire::person, message_kind);
            vec![frame(names::CONVERSATION_NEW, &json!({"conversation": view}))]
        }
        UserEvent::ConversationUpdated(view) => {
            let view = conversation(view, wire::person, message_kind);
            vec![frame(names::CONVERSATION_UPDATED, &json!({"conversation": view}))]
        }
        // All sockets have the message itself there.
        UserEvent::ConversationActivity(news) if news.kind == ConversationKind::Direct => Vec::new(),
        UserEvent::ConversationActivity(news) => {
            let view = activity(news, wire::person, message_kind);
            vec![frame(names::CONVERSATION_UPDATED, &json!({"conversation": view}))]
        }
        UserEvent::ConversationRemoved(id) => {
            vec![frame(names::CONVERSATION_REMOVED, &json!({"conversationId": text(id)}))]
        }
        UserEvent::ContactOnline(user) => {
            let online = json!({"userId": text(user.id), "username": user.username});
            vec![frame(names::USER_ONLINE, &online), status_changed(user, "online", None)]
        }
        UserEvent::ContactOffline { user, last_seen } => {
            let offline = json!({"userId": text(user.id), "lastSeen": text(last_seen)});
            vec![frame(names::USER_OFFLINE, &offline), status_changed(user, "offline", Some(*last_seen))]
        }
        // Told by `direct`.
        UserEvent::Direct { .. } => Vec::new(),
    }
}

fn status_changed(user: &UserRef, status: &str, last_seen: Option<Timestamp>) -> Frame {
    let payload = json!({
        "userId": text(user.id),
        "username": user.username,
        "status": status,
        "lastSeen": last_seen.map(text),
    });
    frame(names::USER_STATUS_CHANGED, &payload)
}
