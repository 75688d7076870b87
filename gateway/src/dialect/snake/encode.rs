//! From what has happened to the dialect's events.

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::{Change, ChangeKind};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationId, ConversationKind};
use serde_json::Value;

use super::events;
use super::wire::{
    LastMessage, Message, MessageRead, NewMessage, Offline, OneMessage, SentDirect, Somebody, StatusChanged,
    StoppedTyping,
};
use crate::dialect::Answer;
use crate::dialect::event::{ServerEvent, succeeded};
use crate::dialect::wire::{
    Active, Changed, Conversation, Delivered, Done, GoneConversation, Id, Joined, Listed, PhotoRemoved,
    PhotoUpdated, Refreshed, Updated, presences, synced,
};
use crate::socket::Frame;

/// The object of a successful ack.
pub(super) fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Done => succeeded(Done {}),
        Answer::Joined(joined) => succeeded(Joined::from(joined)),
        Answer::Sent(message) => succeeded(OneMessage { message: message.as_ref().into() }),
        Answer::SentDirect(message) => succeeded(SentDirect::from(message.as_ref())),
        Answer::Changed(message) => succeeded(Changed::new(message, |message| Message::from(message))),
        Answer::Presences { users, malformed } => succeeded(presences(users, malformed)),
        Answer::Refreshed { expires_at } => succeeded(Refreshed::from(*expires_at)),
        Answer::Synced { parts, malformed } => {
            succeeded(synced(parts, malformed, |message| Message::from(message)))
        }
    }
}

fn changed(id: ConversationId, change: &Change, created: &ServerEvent<NewMessage>) -> Frame {
    let message = &change.message;
    match change.kind {
        ChangeKind::Created => {
            created.frame(&NewMessage { conversation_id: Id::of(id), message: message.into() })
        }
        ChangeKind::Updated => events::MESSAGE_UPDATED.frame(&OneMessage { message: message.into() }),
        ChangeKind::Deleted => events::MESSAGE_DELETED.frame(&message.into()),
    }
}

/// One a message.
fn read(receipt: &ReadReceipt) -> Vec<Frame> {
    let one = |message: &_| {
        let read = MessageRead::new(*message, receipt.conversation, receipt.reader, receipt.at);
        events::MESSAGE_READ.frame(&read)
    };
    receipt.messages.iter().map(one).collect()
}

/// What a group's room is told.
pub(super) fn room(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    told(id, event, &events::NEW_GROUP_MESSAGE)
}

/// What both users' sockets are told of a direct conversation.
pub(super) fn direct(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    told(id, event, &events::NEW_MESSAGE)
}

fn told(id: ConversationId, event: &ConversationEvent, created: &ServerEvent<NewMessage>) -> Vec<Frame> {
    vec![match event {
        ConversationEvent::Changed(change) => changed(id, change, created),
        ConversationEvent::Typing { user, typing: true, .. } => {
            events::USER_TYPING.frame(&Somebody::new(user, id))
        }
        ConversationEvent::Typing { user, typing: false, .. } => {
            let stopped = StoppedTyping { user_id: Id::of(user.id), conversation_id: Id::of(id) };
            events::USER_STOPPED_TYPING.frame(&stopped)
        }
        ConversationEvent::Visited { user, came: true, .. } => {
            events::USER_JOINED_GROUP.frame(&Somebody::new(user, id))
        }
        ConversationEvent::Visited { user, came: false, .. } => {
            events::USER_LEFT_GROUP.frame(&Somebody::new(user, id))
        }
        ConversationEvent::PhotoChanged { photo: Some(photo), by } => {
            events::PHOTO_UPDATED.frame(&PhotoUpdated::new(id, photo, *by))
        }
        ConversationEvent::PhotoChanged { photo: None, by } => {
            events::PHOTO_REMOVED.frame(&PhotoRemoved::new(id, *by))
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
    let listed = |view| Listed { conversation: Conversation::new(view, |last| LastMessage::from(last)) };
    vec![match event {
        UserEvent::MessagesDelivered { conversation, messages } => {
            let delivered = messages.iter().map(|message| Delivered::new(*message, *conversation));
            return delivered.map(|it| events::MESSAGE_DELIVERED.frame(&it)).collect();
        }
        UserEvent::MessagesRead(receipt) => return read(receipt),
        UserEvent::ConversationCreated(view) => events::CONVERSATION_NEW.frame(&listed(view)),
        UserEvent::ConversationUpdated(view) => {
            events::CONVERSATION_UPDATED.frame(&Updated::Whole(listed(view)))
        }
        // All sockets have the message itself there.
        UserEvent::ConversationActivity(news) if news.kind == ConversationKind::Direct => return Vec::new(),
        UserEvent::ConversationActivity(news) => {
            let active = Active::new(news, |last| LastMessage::from(last));
            events::CONVERSATION_UPDATED.frame(&Updated::Activity(active))
        }
        UserEvent::ConversationRemoved(id) => {
            events::CONVERSATION_REMOVED.frame(&GoneConversation { conversation_id: Id::of(id) })
        }
        UserEvent::ContactOnline(user) => {
            return vec![
                events::USER_ONLINE.frame(&user.as_ref().into()),
                events::USER_STATUS_CHANGED.frame(&StatusChanged::new(user, None)),
            ];
        }
        UserEvent::ContactOffline { user, last_seen } => {
            return vec![
                events::USER_OFFLINE.frame(&Offline::new(user, *last_seen)),
                events::USER_STATUS_CHANGED.frame(&StatusChanged::new(user, Some(*last_seen))),
            ];
        }
        // Told by `direct`.
        UserEvent::Direct { .. } => return Vec::new(),
    }]
}
