//! The snake dialect: `send_direct_message`, `new_message`; groups are joined, direct conversations
//! need no join. Contract, sections 1, 2 and 4.

mod decode;
mod encode;
mod names;
mod texts;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::Draft;
use natter_domain::{ConversationId, ConversationView, Message, Rejection, Timestamp, UserId};
use serde_json::Value;

use super::{Answer, Audience, ConnectRefusal, Dialect, Fields, Operation, Request, SessionEnd};
use crate::socket::{Frame, Payload};

/// The dialect.
pub(super) struct Snake;

impl Dialect for Snake {
    fn name(&self) -> &'static str {
        "snake"
    }

    fn events(&self) -> &'static [&'static str] {
        names::ALL
    }

    fn decode(&self, event: &str, payload: &Payload) -> Option<Result<Request, Rejection>> {
        decode::decode(event, payload)
    }

    fn operation(&self, event: &str) -> Option<Operation> {
        decode::operation(event)
    }

    fn draft(&self, fields: &Fields) -> Result<Draft, Rejection> {
        decode::draft(fields)
    }

    fn new_text(&self, fields: &Fields) -> Result<String, Rejection> {
        decode::new_text(fields)
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

    fn error(&self, message: &str, code: &str, event: &str) -> Frame {
        encode::error(message, code, event)
    }

    fn refusal(&self, refusal: ConnectRefusal) -> &'static str {
        texts::refusal(refusal)
    }

    fn session_ready(&self, user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Frame {
        encode::session_ready(user, socket, now, expires_at)
    }

    fn session_expiring(&self, expires_at: Timestamp) -> Frame {
        encode::session_expiring(expires_at)
    }

    fn session_expired(&self, end: SessionEnd) -> Frame {
        encode::session_expired(end)
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
        wire::message(message)
    }

    fn conversation(&self, conversation: &ConversationView) -> Value {
        super::wire::conversation(conversation, wire::person, super::wire::message_kind)
    }
}
