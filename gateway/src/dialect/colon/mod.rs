//! The colon dialect: `send:message`, `new:message`; rooms that are joined.
//! Contract, sections 1 to 3.

mod asks;
mod encode;
mod events;
mod texts;
mod wire;

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
pub(super) struct Colon;

impl Dialect for Colon {
    fn name(&self) -> &'static str {
        "colon"
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
        asks::NewText::from_fields(fields).map(|new| new.text)
    }

    fn answer(&self, answer: &Answer) -> Value {
        encode::answer(answer)
    }

    fn echo(&self, answer: &Answer) -> Vec<Frame> {
        encode::echo(answer)
    }

    fn rejection(&self, operation: Operation, rejection: &Rejection) -> Cow<'static, str> {
        texts::rejection(operation, rejection)
    }

    fn error_beside_ack(&self) -> bool {
        true
    }

    fn joins_direct(&self) -> bool {
        true
    }

    fn has_audio(&self) -> bool {
        false
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

    fn direct(&self, _conversation: ConversationId, _event: &ConversationEvent) -> Vec<Frame> {
        Vec::new()
    }

    fn personal(&self, event: &UserEvent) -> Vec<Frame> {
        encode::personal(event)
    }

    /// The room is told of readings, and has the messages themselves.
    fn audience(&self, event: &UserEvent) -> Audience {
        match event {
            UserEvent::MessagesRead(receipt) => Audience::Outside(receipt.conversation),
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
