//! The snake dialect: `send_direct_message`, `new_message`; groups are joined, direct conversations
//! need no join. Contract, sections 1, 2 and 4.

mod asks;
mod encode;
mod events;
mod texts;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::Draft;
use natter_domain::{ConversationId, ConversationView, Message, Rejection, Timestamp, UserId};
use serde_json::Value;

use super::wire::{Conversation, Expiring, Ready, json};
use super::{
    Answer, Audience, ClientEvent, ConnectRefusal, Dialect, Fields, FromFields, HttpShapes, Operation,
    SessionEnd, Shape, Told,
};
use crate::socket::Frame;

/// The dialect.
pub(super) struct Snake;

impl Dialect for Snake {
    fn name(&self) -> &'static str {
        "snake"
    }

    fn client_events(&self) -> &'static [ClientEvent] {
        events::CLIENT_EVENTS
    }

    fn server_events(&self) -> &'static [Told] {
        events::SERVER_EVENTS
    }

    fn http(&self) -> HttpShapes {
        HttpShapes {
            message: Shape::of::<wire::Message>(),
            conversation: Shape::of::<Conversation<wire::LastMessage>>(),
            last_message: Shape::of::<wire::LastMessage>(),
            draft: Shape::of::<asks::Content>(),
            new_text: Shape::of::<asks::NewText>(),
        }
    }

    fn draft(&self, fields: &Fields) -> Result<Draft, Rejection> {
        asks::Content::from_fields(fields).map(Draft::from)
    }

    fn new_text(&self, fields: &Fields) -> Result<String, Rejection> {
        asks::NewText::from_fields(fields).map(|new| new.0)
    }

    fn answer(&self, answer: &Answer) -> Value {
        encode::answer(answer)
    }

    /// The ack has everything.
    fn echo(&self, _answer: &Answer) -> Vec<Frame> {
        Vec::new()
    }

    fn rejection(&self, operation: Operation, rejection: &Rejection) -> Cow<'static, str> {
        texts::rejection(operation, rejection)
    }

    fn error_beside_ack(&self) -> bool {
        false
    }

    fn joins_direct(&self) -> bool {
        false
    }

    fn has_audio(&self) -> bool {
        true
    }

    fn refusal(&self, refusal: ConnectRefusal) -> &'static str {
        texts::refusal(refusal)
    }

    fn session_ready(&self, user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Frame {
        events::SESSION_READY.frame(&Ready::new(user, socket, now, expires_at))
    }

    fn session_expiring(&self, expires_at: Timestamp) -> Frame {
        events::SESSION_EXPIRING.frame(&Expiring { expires_at: expires_at.into() })
    }

    fn session_expired(&self, end: SessionEnd) -> Frame {
        events::SESSION_EXPIRED.frame(&end.into())
    }

    fn room(&self, conversation: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
        encode::room(conversation, event)
    }

    fn direct(&self, conversation: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
        encode::direct(conversation, event)
    }

    fn personal(&self, event: &UserEvent) -> Vec<Frame> {
        encode::personal(event)
    }

    /// Readings are told to the senders alone, wherever they are.
    fn audience(&self, event: &UserEvent) -> Audience {
        match event {
            UserEvent::ConversationActivity(activity) => Audience::Outside(activity.conversation),
            _ => Audience::Everywhere,
        }
    }

    fn message(&self, message: &Message) -> Value {
        json(&wire::Message::from(message))
    }

    fn conversation(&self, conversation: &ConversationView) -> Value {
        json(&Conversation::new(conversation, |last| wire::LastMessage::from(last)))
    }
}
