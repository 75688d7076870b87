//! From what has happened to the dialect's events.

use natter_domain::ConversationId;
use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::{Change, ChangeKind};
use serde_json::Value;

use super::events;
use super::wire::{LastMessage, Member, Message, MessagesRead, Offline, OneMessage, Online, Sent, Typing};
use crate::dialect::Answer;
use crate::dialect::event::succeeded;
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
        Answer::Sent(message) | Answer::SentDirect(message) => succeeded(Sent::from(message.as_ref())),
        Answer::Changed(message) => succeeded(Changed::new(message, |message| Message::from(message))),
        Answer::Presences { users, malformed } => succeeded(presences(users, malformed)),
        Answer::Refreshed { expires_at } => succeeded(Refreshed::from(*expires_at)),
        Answer::Synced { parts, malformed } => {
            succeeded(synced(parts, malformed, |message| Message::from(message)))
        }
    }
}

/// Events for the asking socket alone.
pub(super) fn echo(answer: &Answer) -> Vec<Frame> {
    match answer {
        Answer::Sent(message) | Answer::SentDirect(message) => {
            vec![events::MESSAGE_SENT.frame(&message.as_ref().into())]
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
        ChangeKind::Created => events::NEW_MESSAGE.frame(&OneMessage { message: message.into() }),
        ChangeKind::Updated => events::MESSAGE_UPDATED.frame(&OneMessage { message: message.into() }),
        ChangeKind::Deleted => events::MESSAGE_DELETED.frame(&message.into()),
    }
}

/// What a conversation's room is told.
pub(super) fn room(id: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    vec![match event {
        ConversationEvent::Changed(change) => changed(change),
        ConversationEvent::Read(receipt) => events::MESSAGES_READ.frame(&MessagesRead::from(receipt)),
        ConversationEvent::Typing { user, typing, .. } => {
            let told = Typing { user_id: Id::of(user.id), conversation_id: Id::of(id) };
            if *typing { events::TYPING_START.frame(&told) } else { events::TYPING_STOP.frame(&told) }
        }
        ConversationEvent::PhotoChanged { photo: Some(photo), by } => {
            events::PHOTO_UPDATED.frame(&PhotoUpdated::new(id, photo, *by))
        }
        ConversationEvent::PhotoChanged { photo: None, by } => {
            events::PHOTO_REMOVED.frame(&PhotoRemoved::new(id, *by))
        }
        ConversationEvent::MemberJoined { user, by } => {
            events::MEMBER_JOINED.frame(&Member::new(id, user, *by))
        }
        ConversationEvent::MemberLeft { user, by } => events::MEMBER_LEFT.frame(&Member::new(id, user, *by)),
        ConversationEvent::Head(_)
        | ConversationEvent::Visited { .. }
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
        UserEvent::MessagesRead(receipt) => events::MESSAGES_READ.frame(&MessagesRead::from(receipt)),
        UserEvent::ConversationCreated(view) => events::CONVERSATION_NEW.frame(&listed(view)),
        UserEvent::ConversationUpdated(view) => {
            events::CONVERSATION_UPDATED.frame(&Updated::Whole(listed(view)))
        }
        UserEvent::ConversationActivity(news) => {
            let active = Active::new(news, |last| LastMessage::from(last));
            events::CONVERSATION_UPDATED.frame(&Updated::Activity(active))
        }
        UserEvent::ConversationRemoved(id) => {
            events::CONVERSATION_REMOVED.frame(&GoneConversation { conversation_id: Id::of(id) })
        }
        UserEvent::ContactOnline(user) => events::USER_ONLINE.frame(&Online { user_id: Id::of(user.id) }),
        UserEvent::ContactOffline { user, last_seen } => {
            events::USER_OFFLINE.frame(&Offline::new(user, *last_seen))
        }
        // In this dialect direct conversations are joined like any other.
        UserEvent::Direct { .. } => return Vec::new(),
    }]
}
