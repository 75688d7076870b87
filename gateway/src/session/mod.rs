//! Sessions: what a client's events ask for, in the order in which it sent them.
//!
//! One file a request. Knows no dialect's words and nothing of the wire.

mod join;
mod open;
mod place;
mod presence;
mod refresh;
mod relay;
mod send;
mod sync;
mod together;
mod typing;
mod visit;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use natter_domain::command::{DeleteMessage, EditMessage, MarkMessageRead, MarkRead, ReactToMessage};
use natter_domain::{Code, ConversationId, Rejection, UserId};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use place::DirectPlaces;
use typing::Typing;

use crate::connection::Connection;
use crate::dialect::{Answer, ClientEvent, Request, SessionEnd, UNKNOWN_EVENT, error, refused};
use crate::gateway::Gateway;
use crate::limits::EventLimiter;
use crate::socket::{Ack, CloseReason, Handshake, IncomingEvent, Opened, Refusal, Sessions, Socket};

/// Longest name of an event that is said back, in bytes.
const MAX_NAME: usize = 128;
/// At most one `error` event in this time says that there are too many events.
const RATE_NOTICE: std::time::Duration = std::time::Duration::from_secs(1);

/// One socket's session; only the socket's own task has it.
pub struct Session {
    gateway: Arc<Gateway>,
    connection: Arc<Connection>,
    limiter: EventLimiter,
    relay_limiter: EventLimiter,
    /// Rooms to leave at the end.
    joined: HashSet<ConversationId>,
    /// Where the client types.
    typing: HashMap<ConversationId, Typing>,
    /// Direct conversations that need no join.
    direct_places: DirectPlaces,
    /// The conversations with these people.
    partners: HashMap<UserId, ConversationId>,
    /// Tells that the session is about to end, and ends it.
    expiry: AbortHandle,
    rate_noticed: Option<Instant>,
    /// One event too many, behind those that are carried out together.
    flooded: Option<(Option<Ack>, Rejection)>,
}

#[async_trait]
impl Sessions for Arc<Gateway> {
    type Session = Session;

    async fn open(&self, handshake: Handshake, socket: Socket) -> Result<Opened<Session>, Refusal> {
        open::open(self, handshake, socket).await
    }

    async fn event(&self, session: &mut Session, event: IncomingEvent) {
        session.handle(event).await;
    }

    fn overflow(&self, socket: &Socket, event: IncomingEvent) {
        // What is relayed may be dropped, and is told of by the rate that it breaks.
        if event.ack.is_none() && self.relays.has(&event.name) {
            return;
        }
        let rejection = Rejection::RateLimited { retry_after: RATE_NOTICE };
        let text = rejection.to_string();
        if let Some(ack) = event.ack {
            return reply(Some(ack), &refused(&text, rejection.code()));
        }
        let error = error(&text, rejection.code(), short(&event.name));
        // A socket that can't take it is disconnected by whoever sends to it next.
        socket.send(&error).ok();
    }

    async fn closed(&self, mut session: Session, _reason: CloseReason) {
        session.close().await;
    }
}

impl Session {
    async fn handle(&mut self, event: IncomingEvent) {
        if self.gateway.pulse.stood_still_since(self.connection.opened_at()) {
            return self.connection.close(CloseReason::StoodStill);
        }
        if self.connection.expires_at() <= self.gateway.clock.now() {
            return self.connection.end(SessionEnd::TokenExpired);
        }
        let IncomingEvent { name, payload, ack } = event;
        if self.gateway.relays.has(&name) {
            return self.relay(&name, &payload, ack).await;
        }
        if let Err(rejection) = self.limiter.check() {
            return self.refuse_rate(&name, ack, &rejection);
        }
        let dialect = self.connection.dialect();
        let Some(event) = dialect.client_event(&name) else {
            return self.say_failure(&name, ack, UNKNOWN_EVENT, Code::UnknownEvent);
        };
        match (event.read)(&payload) {
            Ok(request) => self.carry_out(event, request, ack).await,
            Err(rejection) => self.answer(event, ack, Err(rejection)),
        }
    }

    /// Tells the client what its event came to.
    fn answer(&self, event: &ClientEvent, ack: Option<Ack>, outcome: Result<Answer, Rejection>) {
        let dialect = self.connection.dialect();
        match outcome {
            Ok(answer) => {
                self.connection.send(&dialect.echo(&answer));
                reply(ack, &dialect.answer(&answer));
            }
            Err(rejection) => {
                let text = dialect.rejection(event.operation, &rejection);
                self.say_failure(event.name, ack, &text, rejection.code());
            }
        }
    }

    async fn carry_out(&mut self, event: &'static ClientEvent, request: Request, ack: Option<Ack>) {
        let user = self.connection.user_id();
        let commands = &self.gateway.commands;
        let outcome = match request {
            Request::Join(entry) => return self.join(event, entry, ack).await,
            Request::Send { to, draft } => return self.send(event, to, draft, ack).await,
            Request::Leave { conversation } => self.leave(conversation).await,
            Request::EndVisit { group } => self.end_visit(group).await,
            Request::Typing { conversation, typing } => self.type_in(conversation, typing).await,
            Request::MarkRead { conversation, messages } => {
                commands.call(MarkRead { user, conversation, messages }).await.map(|()| Answer::Done)
            }
            Request::MarkMessageRead { message } => {
                commands.call(MarkMessageRead { user, message }).await.map(|()| Answer::Done)
            }
            Request::Edit { message, text } => {
                commands.call(EditMessage { user, message, text }).await.map(changed)
            }
            Request::Delete { message } => commands.call(DeleteMessage { user, message }).await.map(changed),
            Request::React { message, emoji, remove } => {
                commands.call(ReactToMessage { user, message, emoji, remove }).await.map(changed)
            }
            Request::GetPresence { users } => self.get_presence(users).await,
            Request::Sync { cursors, limit } => self.sync(cursors, limit).await,
            Request::RefreshSession { token } => self.refresh(&token).await,
        };
        self.answer(event, ack, outcome);
    }

    fn say_failure(&self, event: &str, ack: Option<Ack>, text: &str, code: Code) {
        let dialect = self.connection.dialect();
        if ack.is_none() || dialect.error_beside_ack() {
            self.connection.send(&[error(text, code, short(event))]);
        }
        reply(ack, &refused(text, code));
    }

    /// A flood of events is not answered by a flood of errors.
    fn refuse_rate(&mut self, event: &str, ack: Option<Ack>, rejection: &Rejection) {
        let text = rejection.to_string();
        let now = Instant::now();
        if self.rate_noticed.is_none_or(|at| now - at >= RATE_NOTICE) {
            self.rate_noticed = Some(now);
            self.say_failure(event, ack, &text, rejection.code());
        } else {
            reply(ack, &refused(&text, rejection.code()));
        }
    }

    async fn close(&mut self) {
        self.expiry.abort();
        let typing: Vec<_> = self.typing.keys().copied().collect();
        for conversation in typing {
            self.stop_typing(conversation).await;
        }
        for conversation in self.joined.drain() {
            self.gateway.rooms.leave(self.connection.id(), conversation);
        }
        self.gateway.feeds.detach(&self.connection);
        self.gateway.presence.left(self.connection.user_id());
    }
}

fn changed(message: natter_domain::Message) -> Answer {
    Answer::Changed(Box::new(message))
}

fn reply(ack: Option<Ack>, body: &serde_json::Value) {
    if let Some(ack) = ack {
        // A socket that is gone needs no answer; one that can't take it is disconnected elsewhere.
        ack.send(body).ok();
    }
}

/// As much of an event's name as is said back.
fn short(event: &str) -> &str {
    let end = event.floor_char_boundary(MAX_NAME);
    event.get(..end).unwrap_or_default()
}
