//! The colon dialect: `send:message`, `new:message`; rooms that are joined.
//! Contract, sections 1 to 3.

mod decode;
mod encode;
mod names;
mod texts;
mod wire;

use std::borrow::Cow;

use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::Draft;
use natter_domain::{ConversationId, ConversationView, Message, Rejection, Timestamp, UserId};
use serde_json::Value;

use super::{Answer, Audience, ConnectRefusal, Dialect, Fields, Operation, Request, SessionEnd};
use crate::socket::{Frame, Payload};

/// The dialect.
pub(super) struct Colon;

impl Dialect for Colon {
    fn name(&self) -> &'static str {
        "colon"
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
        wire::message(message)
    }

    fn conversation(&self, conversation: &ConversationView) -> Value {
        super::wire::conversation(conversation, wire::person, wire::kind)
    }
}
