//! The contract's tables, row by row.

use std::sync::Arc;

use natter_domain::command::Joined;
use natter_domain::event::ConversationActivity;
use natter_domain::message::{Change, ChangeKind, Head, ReadBy};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationKind, MediaKind, MessageId, MessageKind, MessageStatus};
use serde_json::json;

use super::*;
use crate::dialect::{Asked, Destination, Entry, Request};
use crate::samples::{
    CONVERSATION, CONVERSATION_TEXT, ME, ME_TEXT, MESSAGE, MESSAGE_TEXT, NOW, NOW_TEXT, OTHER, OTHER_TEXT,
    conversation, message, person,
};
use crate::socket::Payload;

fn payload(value: &Value) -> Payload {
    Payload { first: Some(value.to_string().into()), arguments: 1, attachments: 0 }
}

fn decoded(event: &str, value: &Value) -> Result<Request, Rejection> {
    let event = (&Snake as &dyn Dialect).client_event(event).unwrap_or_else(|| panic!("{event} is unknown"));
    (event.read)(&payload(value))
}

fn visit(conversation: ConversationId, after_rev: Option<u64>) -> Request {
    Request::Join(Entry { conversation, after_rev, visits: true })
}

/// Each frame as `[name, payload]`.
fn told(frames: &[Frame]) -> Value {
    frames.iter().map(|frame| serde_json::from_str::<Value>(&frame.text()[1..]).unwrap()).collect()
}

fn draft(text: Option<&str>) -> Draft {
    Draft {
        text: text.map(str::to_owned),
        media: Vec::new(),
        kind: None,
        reply_to: None,
        client_message_id: None,
    }
}

#[test]
fn every_event_of_a_client_is_a_request() {
    let text = || draft(Some("hi"));
    for (event, value, request) in [
        (
            "send_direct_message",
            json!({"recipientId": OTHER_TEXT, "content": "hi"}),
            Request::Send { to: Destination::Person(OTHER), draft: text() },
        ),
        (
            "send_group_message",
            json!({"conversationId": CONVERSATION_TEXT, "content": "hi"}),
            Request::Send { to: Destination::Group(CONVERSATION), draft: text() },
        ),
        ("mark_as_read", json!({"messageId": MESSAGE_TEXT}), Request::MarkMessageRead { message: MESSAGE }),
        ("join_group", json!(CONVERSATION_TEXT), visit(CONVERSATION, None)),
        ("join_group", json!("no id"), visit(ConversationId::NONE, None)),
        (
            "join_group",
            json!({"conversationId": CONVERSATION_TEXT, "afterRev": 3}),
            visit(CONVERSATION, Some(3)),
        ),
        ("leave_group", json!(CONVERSATION_TEXT), Request::EndVisit { group: CONVERSATION }),
        (
            "leave_group",
            json!({"conversationId": CONVERSATION_TEXT}),
            Request::EndVisit { group: CONVERSATION },
        ),
        (
            "typing_start",
            json!({"conversationId": CONVERSATION_TEXT}),
            Request::Typing { conversation: CONVERSATION, typing: true },
        ),
        (
            "typing_stop",
            json!({"conversationId": CONVERSATION_TEXT}),
            Request::Typing { conversation: CONVERSATION, typing: false },
        ),
        (
            "edit_message",
            json!({"messageId": MESSAGE_TEXT, "content": "a", "text": "b"}),
            Request::Edit { message: MESSAGE, text: "a".to_owned() },
        ),
        (
            "edit_message",
            json!({"messageId": MESSAGE_TEXT, "text": "b"}),
            Request::Edit { message: MESSAGE, text: "b".to_owned() },
        ),
        ("delete_message", json!({"messageId": MESSAGE_TEXT}), Request::Delete { message: MESSAGE }),
        (
            "react_message",
            json!({"messageId": MESSAGE_TEXT, "emoji": "👍", "remove": true}),
            Request::React { message: MESSAGE, emoji: "👍".to_owned(), remove: true },
        ),
        (
            "get_presence",
            json!({"userIds": [OTHER_TEXT]}),
            Request::GetPresence { users: Asked { things: vec![OTHER], malformed: Vec::new() } },
        ),
        (
            "sync",
            json!({"cursors": []}),
            Request::Sync { cursors: Asked { things: Vec::new(), malformed: Vec::new() }, limit: 100 },
        ),
        ("session_refresh", json!({"token": "t"}), Request::RefreshSession { token: "t".to_owned() }),
    ] {
        assert_eq!(decoded(event, &value), Ok(request), "{event} {value}");
    }
    for event in ["send:message", "new_message", "error", "connect", ""] {
        assert!((&Snake as &dyn Dialect).client_event(event).is_none(), "{event}");
    }
}

#[test]
fn faulty_fields_are_named() {
    let file = |change: Value| {
        let mut file = json!({"url": "/uploads/a", "messageType": "file"});
        for (name, value) in change.as_object().unwrap() {
            file[name] = value.clone();
        }
        json!({"recipientId": OTHER_TEXT, "file": file})
    };
    for (event, value, field) in [
        ("send_direct_message", json!({"content": "hi"}), "recipientId"),
        ("send_direct_message", json!({"recipientId": {"$ne": null}}), "recipientId"),
        ("send_direct_message", json!({"recipientId": OTHER_TEXT, "content": 5}), "content"),
        ("send_direct_message", json!({"recipientId": OTHER_TEXT, "clientMessageId": ""}), "clientMessageId"),
        ("send_direct_message", json!({"recipientId": OTHER_TEXT, "file": "a"}), "file"),
        ("send_direct_message", json!({"recipientId": OTHER_TEXT, "file": [1]}), "file"),
        ("send_direct_message", file(json!({"url": 5})), "file"),
        ("send_direct_message", file(json!({"url": ""})), "file"),
        ("send_direct_message", file(json!({"url": "x".repeat(3000)})), "file"),
        ("send_direct_message", file(json!({"messageType": null})), "file"),
        ("send_direct_message", file(json!({"messageType": "text"})), "file"),
        ("send_direct_message", file(json!({"size": -1})), "file"),
        ("send_group_message", json!({"conversationId": 5}), "conversationId"),
        ("send_group_message", json!("id"), "payload"),
        ("mark_as_read", json!({}), "messageId"),
        ("join_group", json!({}), "conversationId"),
        ("join_group", json!(5), "payload"),
        ("join_group", json!({"conversationId": "x", "afterRev": "1"}), "afterRev"),
        ("leave_group", json!(null), "payload"),
        ("edit_message", json!({"messageId": MESSAGE_TEXT}), "content"),
        ("edit_message", json!({"messageId": MESSAGE_TEXT, "text": 5}), "text"),
        ("get_presence", json!({}), "userIds"),
        ("session_refresh", json!({}), "token"),
    ] {
        let Err(Rejection::Invalid { field: named, .. }) = decoded(event, &value) else {
            panic!("{event} {value}")
        };
        assert_eq!(named, field, "{event} {value}");
    }
}

#[test]
fn a_file_goes_into_a_message_as_the_upload_returned_it() {
    let file = json!({
        "url": "/uploads/a.mp3", "filename": "a.mp3", "size": 7, "mimetype": "audio/mpeg", "messageType": "audio",
    });
    let Ok(Request::Send { draft, .. }) =
        decoded("send_direct_message", &json!({"recipientId": OTHER_TEXT, "file": file}))
    else {
        panic!()
    };
    assert_eq!(draft.media.len(), 1);
    let media = &draft.media[0];
    assert_eq!((media.url.as_str(), media.kind, media.size), ("/uploads/a.mp3", MediaKind::Audio, Some(7)));
    assert_eq!(media.mimetype.as_deref(), Some("audio/mpeg"));
    assert_eq!(draft.check_content(Snake.has_audio()), Ok(()));
}

#[test]
fn a_message_has_the_contracts_shape() {
    let mut message = message();
    message.stored.kind = MessageKind::Media(MediaKind::Audio);
    message.stored.media[0].mimetype = Some("audio/mpeg".to_owned());
    message.status = MessageStatus::Read;
    message.read_by = vec![ReadBy { user: OTHER, at: NOW }];
    let ann = json!({"_id": ME_TEXT, "username": "ann", "avatar": null});
    let mut expected = json!({
        "_id": MESSAGE_TEXT,
        "conversationId": CONVERSATION_TEXT,
        "sender": ann,
        "content": "hello",
        "messageType": "audio",
        "file": {"url": "/media/a.png", "filename": "a.png", "size": 7, "mimetype": "audio/mpeg"},
        "status": "read",
        "readBy": [{"user": OTHER_TEXT, "readAt": NOW_TEXT}],
        "replyTo": {"_id": MESSAGE_TEXT, "content": null, "sender": ann},
        "reactions": [{"emoji": "👍", "userIds": [OTHER_TEXT]}],
        "seq": 1,
        "rev": 2,
        "clientMessageId": "mine",
        "createdAt": NOW_TEXT,
        "updatedAt": NOW_TEXT,
    });
    assert_eq!(Snake.message(&message), expected);
    message.stored.media.clear();
    message.stored.deleted = true;
    expected["file"] = Value::Null;
    expected["deleted"] = Value::Bool(true);
    assert_eq!(Snake.message(&message), expected);
    assert_eq!(Snake.conversation(&conversation())["lastMessage"]["sender"], ann);
}

#[test]
fn acks_have_what_the_table_says() {
    let shown = Snake.message(&message());
    let joined =
        Joined { kind: ConversationKind::Group, head: Head { rev: 5, seq: 3 }, partner: None, muted: false };
    for (answer, ack) in [
        (Answer::Done, json!({"success": true})),
        (Answer::Joined(joined), json!({"success": true, "rev": 5, "lastSeq": 3})),
        (Answer::Sent(Box::new(message())), json!({"success": true, "message": shown})),
        (
            Answer::SentDirect(Box::new(message())),
            json!({"success": true, "message": shown, "status": "sent"}),
        ),
        (Answer::Changed(Box::new(message())), json!({"success": true, "rev": 2, "message": shown})),
        (
            Answer::Presences { users: Vec::new(), malformed: vec!["x".to_owned()] },
            json!({"success": true, "users": [{"userId": "x", "status": "offline", "lastSeen": null}]}),
        ),
        (Answer::Refreshed { expires_at: NOW }, json!({"success": true, "expiresAt": NOW_TEXT})),
    ] {
        assert_eq!(Snake.answer(&answer), ack);
        assert!(Snake.echo(&answer).is_empty());
    }
}

fn change(kind: ChangeKind) -> ConversationEvent {
    ConversationEvent::Changed(Arc::new(Change { kind, message: message() }))
}

#[test]
fn rooms_and_direct_conversations_are_told_alike_but_for_new_messages() {
    let shown = Snake.message(&message());
    let id = CONVERSATION_TEXT;
    let user = Arc::new(person(ME, "Ann"));
    let socket = || "socket".to_owned();
    let somebody = json!({"userId": ME_TEXT, "username": "ann", "conversationId": id});
    let typing = |typing| ConversationEvent::Typing { user: user.clone(), typing, socket: socket() };
    let visited = |came| ConversationEvent::Visited { user: user.clone(), came, socket: socket() };
    let created = change(ChangeKind::Created);
    let new = |name: &str| json!([[name, {"conversationId": id, "message": shown}]]);
    assert_eq!(told(&Snake.room(CONVERSATION, &created)), new("new_group_message"));
    assert_eq!(told(&Snake.direct(CONVERSATION, &created)), new("new_message"));
    let photo =
        |photo: Option<&str>| ConversationEvent::PhotoChanged { photo: photo.map(str::to_owned), by: ME };
    for (event, expected) in [
        (change(ChangeKind::Updated), json!([["message_updated", {"message": shown}]])),
        (
            change(ChangeKind::Deleted),
            json!([["message_deleted", {"messageId": MESSAGE_TEXT, "conversationId": id, "rev": 2}]]),
        ),
        (typing(true), json!([["user_typing", somebody]])),
        (typing(false), json!([["user_stopped_typing", {"userId": ME_TEXT, "conversationId": id}]])),
        (visited(true), json!([["user_joined_group", somebody]])),
        (visited(false), json!([["user_left_group", somebody]])),
        (
            photo(Some("/media/p")),
            json!([["group_photo_updated", {"groupId": id, "groupImage": "/media/p", "updatedBy": ME_TEXT}]]),
        ),
        (
            photo(None),
            json!([["group_photo_removed", {"groupId": id, "groupImage": null, "removedBy": ME_TEXT}]]),
        ),
        (ConversationEvent::Read(receipt(1)), json!([])),
        (ConversationEvent::MemberJoined { user: user.clone(), by: ME }, json!([])),
        (ConversationEvent::MemberLeft { user: user.clone(), by: ME }, json!([])),
        (ConversationEvent::Head(Head { rev: 1, seq: 1 }), json!([])),
        (ConversationEvent::Deleted, json!([])),
    ] {
        assert_eq!(told(&Snake.room(CONVERSATION, &event)), expected, "{event:?}");
        assert_eq!(told(&Snake.direct(CONVERSATION, &event)), expected, "{event:?}");
    }
}

fn receipt(messages: usize) -> ReadReceipt {
    ReadReceipt {
        conversation: CONVERSATION,
        messages: vec![MessageId::NONE; messages],
        reader: OTHER,
        at: NOW,
    }
}

fn activity(kind: ConversationKind) -> UserEvent {
    let view = conversation();
    UserEvent::ConversationActivity(ConversationActivity {
        conversation: CONVERSATION,
        kind,
        last_message: view.last_message.unwrap(),
        head: view.head,
        unread: 1,
        updated_at: NOW,
    })
}

#[test]
fn users_are_told_what_is_theirs() {
    let ben = Arc::new(person(OTHER, "Ben"));
    let id = CONVERSATION_TEXT;
    let view = Snake.conversation(&conversation());
    let none = "0".repeat(24);
    let read = json!([
        "message_read",
        {"messageId": none, "conversationId": id, "readBy": OTHER_TEXT, "readAt": NOW_TEXT}
    ]);
    let delivered = json!(["message_delivered", {"messageId": MESSAGE_TEXT, "conversationId": id}]);
    for (event, expected) in [
        (
            UserEvent::MessagesDelivered { conversation: CONVERSATION, messages: vec![MESSAGE, MESSAGE] },
            json!([delivered, delivered]),
        ),
        (UserEvent::MessagesRead(receipt(2)), json!([read, read])),
        (
            UserEvent::ConversationCreated(Box::new(conversation())),
            json!([["conversation_new", {"conversation": view}]]),
        ),
        (
            UserEvent::ConversationUpdated(Box::new(conversation())),
            json!([["conversation_updated", {"conversation": view}]]),
        ),
        (
            UserEvent::ConversationRemoved(CONVERSATION),
            json!([["conversation_removed", {"conversationId": id}]]),
        ),
        (
            UserEvent::ContactOnline(ben.clone()),
            json!([
                ["user_online", {"userId": OTHER_TEXT, "username": "ben"}],
                ["user_status_changed",
                    {"userId": OTHER_TEXT, "username": "ben", "status": "online", "lastSeen": null}],
            ]),
        ),
        (
            UserEvent::ContactOffline { user: ben, last_seen: NOW },
            json!([
                ["user_offline", {"userId": OTHER_TEXT, "lastSeen": NOW_TEXT}],
                ["user_status_changed",
                    {"userId": OTHER_TEXT, "username": "ben", "status": "offline", "lastSeen": NOW_TEXT}],
            ]),
        ),
        (activity(ConversationKind::Direct), json!([])),
    ] {
        assert_eq!(told(&Snake.personal(&event)), expected, "{event:?}");
    }
    let group = activity(ConversationKind::Group);
    assert_eq!(told(&Snake.personal(&group))[0][0], "conversation_updated");
    assert_eq!(Snake.audience(&group), Audience::Outside(CONVERSATION));
    assert_eq!(Snake.audience(&UserEvent::MessagesRead(receipt(1))), Audience::Everywhere);
}

#[test]
fn refusals_are_in_the_dialects_words() {
    use Operation::{Edit, Join, MarkRead, RefreshSession, Send, SendDirect, Typing};
    for (operation, rejection, text) in [
        (SendDirect, Rejection::UserNotFound, "User not found"),
        (SendDirect, Rejection::WithYourself, "Cannot message yourself"),
        (SendDirect, Rejection::BlockedByYou, "You cannot send messages to a blocked user"),
        (SendDirect, Rejection::BlockedYou, "Action not available"),
        (SendDirect, Rejection::EmptyMessage, "Message content or file is required"),
        (SendDirect, Rejection::Unavailable, "Failed to send message"),
        (SendDirect, Rejection::invalid("media", "is odd"), "Invalid payload: file: is odd"),
        (Send, Rejection::NotParticipant, "Not a member"),
        (Send, Rejection::EmptyMessage, "Message content or file is required"),
        (MarkRead, Rejection::MessageNotFound, "Message not found"),
        (MarkRead, Rejection::NotParticipant, "Not a member"),
        (Join, Rejection::NotParticipant, "Not a member"),
        (Typing, Rejection::NotParticipant, "Not authorized"),
        (Edit, Rejection::EmptyMessage, "Message text or media is required"),
        (RefreshSession, Rejection::Unauthenticated, "Authentication failed"),
    ] {
        assert_eq!(Snake.rejection(operation, &rejection), text, "{operation:?} {rejection:?}");
    }
    for (refusal, text) in [
        (ConnectRefusal::NoToken, "No token provided"),
        (ConnectRefusal::InvalidToken, "Authentication failed"),
        (ConnectRefusal::UserNotFound, "User not found"),
        (ConnectRefusal::Unavailable, "Service unavailable"),
    ] {
        assert_eq!(Snake.refusal(refusal), text);
    }
}

#[test]
fn no_event_is_called_as_one_of_another_dialect_but_for_those_they_share() {
    let names = |dialect: &dyn Dialect| -> Vec<&str> {
        let of_clients = dialect.client_events().iter().map(|event| event.name);
        of_clients.chain(dialect.server_events().iter().map(|event| event.name)).collect()
    };
    let colon = names(&crate::dialect::colon::Colon);
    let shared: Vec<_> = names(&Snake).into_iter().filter(|event| colon.contains(event)).collect();
    assert_eq!(shared, ["sync"]);
}
