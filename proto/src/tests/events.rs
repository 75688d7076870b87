//! Samples of events.

use std::sync::Arc;

use natter_domain::event::{ConversationActivity, ConversationEvent, DirectoryEvent, Event, UserEvent};

use natter_domain::ConversationKind;

use super::FILLED;
use super::model::*;

/// Every event, with every optional field set and unset.
pub(super) fn samples() -> Vec<Event> {
    in_conversations()
        .into_iter()
        .map(Event::Conversation)
        .chain(to_users().into_iter().map(Event::User))
        .chain(of_directory().into_iter().map(Event::Directory))
        .collect()
}

pub(super) fn in_conversations() -> Vec<ConversationEvent> {
    FILLED.into_iter().flat_map(in_conversation).collect()
}

fn in_conversation(filled: bool) -> Vec<ConversationEvent> {
    let user = Arc::new(user_ref(filled));
    let by = user_id(2);
    let mut events = vec![
        ConversationEvent::Head(head()),
        ConversationEvent::Read(read_receipt()),
        ConversationEvent::Typing { user: Arc::clone(&user), typing: filled, socket: "socket".to_owned() },
        ConversationEvent::Visited { user: Arc::clone(&user), came: filled, socket: "socket".to_owned() },
        ConversationEvent::Relayed {
            user: user_id(1),
            name: "strokePoint".to_owned(),
            payload: br#"{"roomId":"1"}"#.to_vec(),
            socket: "socket".to_owned(),
        },
        ConversationEvent::PhotoChanged { photo: text(filled, "/media/3.png"), by },
        ConversationEvent::MemberJoined { user: Arc::clone(&user), by },
        ConversationEvent::MemberLeft { user, by },
        ConversationEvent::Deleted,
    ];
    events.extend(changes(filled).into_iter().map(Arc::new).map(ConversationEvent::Changed));
    events
}

pub(super) fn to_users() -> Vec<UserEvent> {
    FILLED.into_iter().flat_map(to_user).collect()
}

fn to_user(filled: bool) -> Vec<UserEvent> {
    let user = Arc::new(user_ref(filled));
    let conversation = conversation_id(4);
    let mut events = vec![
        UserEvent::MessagesDelivered { conversation, messages: vec![message_id(3), message_id(5)] },
        UserEvent::MessagesRead(read_receipt()),
        UserEvent::ConversationCreated(Box::new(view(filled))),
        UserEvent::ConversationUpdated(Box::new(view(filled))),
        UserEvent::ConversationActivity(ConversationActivity {
            conversation,
            kind: if filled { ConversationKind::Group } else { ConversationKind::Direct },
            last_message: last_message(filled),
            head: head(),
            unread: 2,
            updated_at: at(1),
        }),
        UserEvent::ConversationRemoved(conversation),
        UserEvent::ContactOnline(Arc::clone(&user)),
        UserEvent::ContactOffline { user, last_seen: at(2) },
    ];
    let direct = in_conversation(filled).into_iter().map(Box::new);
    events.extend(direct.map(|event| UserEvent::Direct { conversation, event }));
    events
}

pub(super) fn of_directory() -> Vec<DirectoryEvent> {
    let mut events = vec![
        DirectoryEvent::ConversationChanged(conversation_id(4)),
        DirectoryEvent::MemberLeft(conversation_id(4), user_id(1)),
        DirectoryEvent::BlockChanged(user_id(1), user_id(2)),
        DirectoryEvent::UserChanged(user_id(1)),
    ];
    events.extend(revocations().into_iter().map(DirectoryEvent::SessionsRevoked));
    events
}
