//! Dialects: the vocabularies that clients speak over one domain.
//!
//! A dialect is a folder with its events (`events.rs` declares each once, for what is read and sent
//! as for what is documented), the shapes of what they carry, `encode` (what has happened to
//! [`Frame`]s) and its texts. All of it is pure. The rest of the gateway knows only the trait
//! [`Dialect`] and the list [`DIALECTS`]; a further dialect is another folder and another entry.

#[macro_use]
mod event;
#[macro_use]
mod object;
mod asked;
mod colon;
mod payload;
mod request;
mod snake;
pub(crate) mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use natter_domain::command::{Joined, Synced};
use natter_domain::event::{ConversationEvent, UserEvent};
use natter_domain::message::Draft;
use natter_domain::presence::UserPresence;
use natter_domain::{Code, ConversationId, Message, Rejection, Timestamp, UserId};
use serde_json::Value;

pub(crate) use asked::SyncRequest;
pub(crate) use event::{ClientEvent, Schemas, ServerEvent, Shape, Succeeded, Told};
pub(crate) use payload::{Asked, Fields, FromFields, MAX_PRESENCE_USERS};
pub(crate) use request::{Destination, Entry, Operation, Request};

use crate::socket::Frame;

/// Every dialect; a socket's is an index into this.
pub(crate) static DIALECTS: [&dyn Dialect; 2] = [&colon::Colon, &snake::Snake];

/// Which of [`DIALECTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DialectId(usize);

impl DialectId {
    /// The dialect of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        DIALECTS.iter().position(|dialect| dialect.name() == name).map(Self)
    }

    /// The configured one; the first, where there is none of this name.
    pub(crate) fn configured(name: &str) -> Self {
        Self::named(name).unwrap_or(Self(0))
    }

    pub(crate) fn get(self) -> &'static dyn Dialect {
        DIALECTS.get(self.0).copied().unwrap_or(DIALECTS[0])
    }

    /// For tables with an entry a dialect.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// Names of all dialects.
pub fn dialect_names() -> impl Iterator<Item = &'static str> {
    DIALECTS.iter().map(|dialect| dialect.name())
}

/// Names of all dialects' own events: nothing else may be called so.
pub fn event_names() -> impl Iterator<Item = &'static str> {
    let of_clients = DIALECTS.iter().flat_map(|dialect| dialect.client_events()).map(|event| event.name);
    let of_server = DIALECTS.iter().flat_map(|dialect| dialect.server_events()).map(|event| event.name);
    of_clients.chain(of_server).chain([ERROR.told().name])
}

/// An event of the client's was not carried out: the same in all dialects, as acks are.
pub(crate) const ERROR: ServerEvent<wire::Failure> =
    ServerEvent::new("error", "To the socket whose event was not carried out.");

/// `error {message, code, event}`.
pub(crate) fn error(message: &str, code: Code, event: &str) -> Frame {
    ERROR.frame(&wire::Failure { message: message.to_owned(), code: code.into(), event: event.to_owned() })
}

/// The object of an ack that failed; a dialect has only its own texts.
pub(crate) fn refused(text: &str, code: Code) -> Value {
    wire::json(&wire::Refused::new(text, code))
}

/// What is said of an event that there is not.
pub(crate) const UNKNOWN_EVENT: &str = "Unknown event";

/// What `connect_error` says of a dialect that there is not.
pub(crate) const UNKNOWN_DIALECT: &str = "Unknown dialect";

/// Why a client may not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectRefusal {
    NoToken,
    InvalidToken,
    UserNotFound,
    TooManyConnections,
    Unavailable,
}

impl ConnectRefusal {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::NoToken, Self::InvalidToken, Self::UserNotFound, Self::TooManyConnections, Self::Unavailable];
}

/// Why a session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    TokenExpired,
    Revoked,
    UserNotFound,
}

/// What a client's event came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Done,
    Joined(Joined),
    Sent(Box<Message>),
    /// To one person.
    SentDirect(Box<Message>),
    Changed(Box<Message>),
    Presences {
        users: Vec<UserPresence>,
        malformed: Vec<String>,
    },
    Synced {
        parts: Synced,
        malformed: Vec<String>,
    },
    Refreshed {
        expires_at: Timestamp,
    },
}

/// One vocabulary.
pub(crate) trait Dialect: Send + Sync {
    /// As a handshake names it.
    fn name(&self) -> &'static str;

    /// Its events from clients.
    fn client_events(&self) -> &'static [ClientEvent];

    /// Its events to clients, beside [`ERROR`].
    fn server_events(&self) -> &'static [Told];

    /// What it takes and shows over HTTP.
    fn http(&self) -> HttpShapes;

    /// The content of a message that is sent over HTTP.
    fn draft(&self, fields: &Fields) -> Result<Draft, Rejection>;

    /// The new text of a message that is edited over HTTP.
    fn new_text(&self, fields: &Fields) -> Result<String, Rejection>;

    /// The object of a successful ack.
    fn answer(&self, answer: &Answer) -> Value;

    /// Events for the asking socket alone, beside the ack.
    fn echo(&self, answer: &Answer) -> Vec<Frame>;

    /// What a client is told of a rejection.
    fn rejection(&self, operation: Operation, rejection: &Rejection) -> Cow<'static, str>;

    /// Whether a failure is told by an `error` event where there was an ack, too.
    fn error_beside_ack(&self) -> bool;

    /// Whether sockets join direct conversations like any other. Where not, they are told of all of
    /// their user's: see [`Dialect::direct`].
    fn joins_direct(&self) -> bool;

    /// Whether audio may be sent.
    fn has_audio(&self) -> bool;

    /// What `connect_error` says.
    fn refusal(&self, refusal: ConnectRefusal) -> &'static str;

    /// The first event of a connection.
    fn session_ready(&self, user: UserId, socket: &str, now: Timestamp, expires_at: Timestamp) -> Frame;

    /// The token is about to expire.
    fn session_expiring(&self, expires_at: Timestamp) -> Frame;

    /// The session has ended.
    fn session_expired(&self, end: SessionEnd) -> Frame;

    /// What a conversation's room is told.
    fn room(&self, conversation: ConversationId, event: &ConversationEvent) -> Vec<Frame>;

    /// What all of a user's sockets are told of a direct conversation, where those need no join.
    fn direct(&self, conversation: ConversationId, event: &ConversationEvent) -> Vec<Frame>;

    /// What a user's sockets are told, whether they joined or not: who of them is for the caller to
    /// pick by [`Dialect::audience`].
    fn personal(&self, event: &UserEvent) -> Vec<Frame>;

    /// Which of a user's sockets a personal event is for.
    fn audience(&self, event: &UserEvent) -> Audience;

    /// A message as HTTP shows it.
    fn message(&self, message: &Message) -> Value;

    /// A conversation as HTTP shows it.
    fn conversation(&self, conversation: &natter_domain::ConversationView) -> Value;
}

impl dyn Dialect {
    /// The event that clients call so; `None` where there is none.
    pub(crate) fn client_event(&self, name: &str) -> Option<&'static ClientEvent> {
        self.client_events().iter().find(|event| event.name == name)
    }
}

/// What a dialect takes and shows over HTTP.
pub(crate) struct HttpShapes {
    /// As [`Dialect::message`] shows it.
    pub(crate) message: Shape,
    /// As [`Dialect::conversation`] shows it.
    pub(crate) conversation: Shape,
    /// The latest message, as conversations show it.
    pub(crate) last_message: Shape,
    /// As [`Dialect::draft`] takes it.
    pub(crate) draft: Shape,
    /// As [`Dialect::new_text`] takes it.
    pub(crate) new_text: Shape,
}

impl HttpShapes {
    /// Adds all of them. Those of events refer to messages and latest messages, too.
    pub(crate) fn describe(self, dialect: &str, schemas: &mut Schemas) {
        let Self { message, conversation, last_message, draft, new_text } = self;
        for shape in [message, conversation, last_message, draft, new_text] {
            shape.describe(dialect, schemas);
        }
    }
}

/// Which of a user's sockets an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// All of them.
    Everywhere,
    /// Those that have not joined this conversation: its room is told in another way.
    Outside(ConversationId),
}
