//! What the rest of the gateway implements.

use async_trait::async_trait;

use super::{Frame, Handshake, IncomingEvent, Socket};

/// What happens on sockets. One task a socket calls `open`, `ready`, `event` and `closed`, one after
/// another; tasks of different sockets run at the same time.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// What is kept for each socket; only its own task sees it.
    type Session: Send + 'static;

    /// Decides whether a client may connect. Until this returns the client has no answer, and what is
    /// sent to `socket` meanwhile (it may be in a fan-out already) is held back: the client gets the
    /// CONNECT answer, then the greeting, then what was held, then what follows.
    /// It is not cancelled when the client goes away meanwhile, so it needs deadlines of its own;
    /// `closed` follows then.
    async fn open(&self, handshake: Handshake, socket: Socket) -> Result<Opened<Self::Session>, Refusal>;

    /// Runs once when the client has been told that it is connected, before its first event.
    async fn ready(&self, _session: &mut Self::Session) {}

    /// An event of the client, in the order in which they were sent. Events wait while this runs. A
    /// socket that is closed meanwhile doesn't cancel it.
    async fn event(&self, session: &mut Self::Session, event: IncomingEvent);

    /// An event that was dropped because too many wait already. It runs on the task that reads the
    /// connection, beside `event`: it may answer and must not block.
    fn overflow(&self, socket: &Socket, event: IncomingEvent);

    /// The socket has ended, and every `open` that succeeded ends with this, a panic of `event` too.
    /// What a client sent before it left has been handled; what waited on a socket that the server
    /// closed has not.
    async fn closed(&self, session: Self::Session, reason: CloseReason);
}

/// A client that may connect.
#[derive(Debug)]
pub struct Opened<S> {
    /// What is kept for the socket.
    pub session: S,
    /// What the client gets right after the CONNECT answer, before anything else.
    pub greeting: Vec<Frame>,
}

/// A client that may not connect: `connect_error` with this text as its `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl<T: Into<String>> From<T> for Refusal {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// Why a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client disconnected or closed its connection.
    ClientLeft,
    /// The connection broke, or took no bytes for the write timeout.
    ConnectionLost,
    /// The client answered no ping in time.
    PingTimeout,
    /// The client sent what the protocol doesn't allow, or too much at once.
    ProtocolError,
    /// The server ended the session: expired, revoked, or replaced.
    SessionEnded,
    /// The client read slower than it was sent to.
    SlowConsumer,
    /// The server stops.
    ShuttingDown,
    /// The server did nothing for longer than clients wait.
    StoodStill,
    /// A bug of the server's.
    Failed,
}

impl CloseReason {
    /// The reason as a label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientLeft => "client_left",
            Self::ConnectionLost => "connection_lost",
            Self::PingTimeout => "ping_timeout",
            Self::ProtocolError => "protocol_error",
            Self::SessionEnded => "session_ended",
            Self::SlowConsumer => "slow_consumer",
            Self::ShuttingDown => "shutting_down",
            Self::StoodStill => "stood_still",
            Self::Failed => "failed",
        }
    }
}
