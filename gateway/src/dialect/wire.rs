//! Shapes that the dialects share.

use natter_domain::command::{Synced, SyncedConversation};
use natter_domain::conversation::LastMessage;
use natter_domain::event::ConversationActivity;
use natter_domain::presence::UserPresence;
use natter_domain::{
    ConversationId, ConversationKind, ConversationView, Media, MediaKind, Message, MessageKind,
    MessageStatus, Role, Timestamp, UserId, UserRef,
};
use serde_json::{Value, json};

use crate::socket::Frame;

/// How a dialect shows people where they are named.
pub(crate) type Person = fn(&UserRef) -> Value;
/// How a dialect shows what a message mainly is.
pub(crate) type Kind = fn(MessageKind) -> &'static str;

pub(crate) const fn media_kind(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::File => "file",
    }
}

pub(crate) const fn message_kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Media(kind) => media_kind(kind),
    }
}

/// Reads the name of a kind.
pub(crate) fn parse_message_kind(name: &str) -> Option<MessageKind> {
    if name == "text" { Some(MessageKind::Text) } else { parse_media_kind(name).map(MessageKind::Media) }
}

/// Reads the name of a kind of file.
pub(crate) fn parse_media_kind(name: &str) -> Option<MediaKind> {
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::File]
        .into_iter()
        .find(|kind| media_kind(*kind) == name)
}

pub(crate) const fn status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Sent => "sent",
        MessageStatus::Delivered => "delivered",
        MessageStatus::Read => "read",
    }
}

pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

pub(crate) const fn conversation_kind(kind: ConversationKind) -> &'static str {
    match kind {
        ConversationKind::Direct => "direct",
        ConversationKind::Group => "group",
    }
}

/// A frame of a `Value`, whose keys are strings: nothing that could not be encoded.
pub(crate) fn frame(event: &str, payload: &Value) -> Frame {
    Frame::of_value(event, payload)
}

/// What an `error` event says.
pub(crate) fn failure(message: &str, code: &str, event: &str) -> Value {
    json!({"message": message, "code": code, "event": event})
}

/// An ack's object, made one of a success.
pub(crate) fn succeeded(mut ack: Value) -> Value {
    if let Some(fields) = ack.as_object_mut() {
        fields.insert("success".to_owned(), Value::Bool(true));
    }
    ack
}

/// What the first event of a connection says.
pub(crate) fn ready(user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Value {
    json!({
        "userId": text(user),
        "socketId": socket,
        "serverTime": text(now),
        "expiresAt": text(expires_at),
    })
}

/// Which message is gone.
pub(crate) fn deleted(message: &Message) -> Value {
    json!({
        "messageId": text(message.stored.id),
        "conversationId": text(message.stored.conversation),
        "rev": message.stored.rev,
    })
}

pub(crate) fn photo_updated(group: ConversationId, photo: &str, by: UserId) -> Value {
    json!({"groupId": text(group), "groupImage": photo, "updatedBy": text(by)})
}

pub(crate) fn photo_removed(group: ConversationId, by: UserId) -> Value {
    json!({"groupId": text(group), "groupImage": null, "removedBy": text(by)})
}

/// A time, or an id, as text.
pub(crate) fn text(value: impl std::fmt::Display) -> Value {
    Value::String(value.to_string())
}

pub(crate) fn reactions(message: &Message) -> Value {
    message
        .stored
        .reactions
        .iter()
        .map(|reaction| {
            let users: Vec<_> = reaction.users.iter().map(text).collect();
            json!({"emoji": reaction.emoji, "userIds": users})
        })
        .collect()
}

pub(crate) fn file_size(file: &Media) -> Value {
    file.size.map_or(Value::Null, Value::from)
}

fn last_message(last: &LastMessage, person: Person, kind: Kind) -> Value {
    json!({
        "content": last.content,
        "sender": person(&last.sender),
        "timestamp": text(last.at),
        "messageType": kind(last.kind),
    })
}

/// A conversation as its lists show it.
pub(crate) fn conversation(view: &ConversationView, person: Person, kind: Kind) -> Value {
    let conversation = &view.conversation;
    let participants: Vec<_> = view
        .members
        .iter()
        .map(|member| {
            json!({
                "_id": text(member.user.id),
                "username": member.user.username,
                "name": member.user.name,
                "profileImage": member.user.profile_image,
                "role": role(member.role),
            })
        })
        .collect();
    // Clients know one admin: the one who has been there longest.
    let admin = match conversation.kind {
        ConversationKind::Direct => None,
        ConversationKind::Group => view.members.iter().find(|member| member.role == Role::Admin),
    };
    json!({
        "_id": text(conversation.id),
        "type": conversation_kind(conversation.kind),
        "name": conversation.name,
        "groupImage": conversation.photo,
        "participants": participants,
        "admin": admin.map(|admin| text(admin.user.id)),
        "lastMessage": view.last_message.as_ref().map(|last| last_message(last, person, kind)),
        "lastSeq": view.head.seq,
        "rev": view.head.rev,
        "unreadCount": view.unread,
        "createdAt": text(conversation.created_at),
        "updatedAt": text(view.updated_at),
    })
}

/// What a list needs of a conversation with a new message.
pub(crate) fn activity(activity: &ConversationActivity, person: Person, kind: Kind) -> Value {
    json!({
        "_id": text(activity.conversation),
        "lastMessage": last_message(&activity.last_message, person, kind),
        "lastSeq": activity.head.seq,
        "rev": activity.head.rev,
        "unreadCount": activity.unread,
        "updatedAt": text(activity.updated_at),
    })
}

/// The presence of those who were asked about; what is no id is nobody's, and so offline.
pub(crate) fn presences(users: &[UserPresence], malformed: &[String]) -> Vec<Value> {
    let nobody = |id: &String| json!({"userId": id, "status": "offline", "lastSeen": null});
    users.iter().map(presence).chain(malformed.iter().map(nobody)).collect()
}

fn presence(presence: &UserPresence) -> Value {
    json!({
        "userId": text(presence.user),
        "status": if presence.online { "online" } else { "offline" },
        "lastSeen": presence.last_seen.map(text),
    })
}

/// `{conversations, removed}` of a sync; what is no id is a conversation that is not there.
pub(crate) fn synced(synced: &Synced, malformed: &[String], message: impl Fn(&Message) -> Value) -> Value {
    let conversation = |synced: &SyncedConversation| {
        let changes: Vec<_> = synced.changes.changes.iter().map(|change| message(&change.message)).collect();
        json!({
            "conversationId": text(synced.conversation),
            "changes": changes,
            "rev": synced.changes.rev,
            "hasMore": synced.changes.has_more,
        })
    };
    json!({
        "conversations": synced.conversations.iter().map(conversation).collect::<Vec<_>>(),
        "removed": synced.removed.iter().map(text).chain(malformed.iter().map(text)).collect::<Vec<_>>(),
    })
}
