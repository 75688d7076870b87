//! The handle of one connected client.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use engineioxide::{DisconnectReason, Str, socket::Sid};
use socketioxide_core::{Value, packet::Packet, parser::Parse};
use socketioxide_parser_common::CommonParser;
use tokio::sync::mpsc::error::TrySendError;

use super::{
    Ack, CloseReason, Frame, Payload,
    connection::{EngineSocket, Stage},
    event::RawEvent,
};

/// The one namespace.
pub(super) const NAMESPACE: &str = "/";

/// How long a client that was told to disconnect may take to close its connection. Closing it from
/// here at once could destroy the notice: on the way, or in a polling client's next request.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// Places in a socket's buffer that [`Socket::offer`] leaves to what can't be dropped.
const RESERVED_PLACES: usize = 16;

/// Names a socket, on all gateways. It isn't the engine's session id, with which one could read along.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(Sid);

impl SocketId {
    pub(super) fn new() -> Self {
        Self(Sid::new())
    }

    /// The id as text: 16 characters, safe in URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a frame wasn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client reads slower than it is sent to: the caller should close the socket with
    /// [`CloseReason::SlowConsumer`], since it has now missed something.
    #[error("the socket's buffer is full")]
    Full,
    /// The socket has ended.
    #[error("the socket is closed")]
    Closed,
    /// The answer of an ack can't be serialised.
    #[error("the answer can't be encoded")]
    Encode,
}

/// One connected client. Cloning it counts a reference; equal if it is the same socket. A clone that
/// is kept after the socket has ended holds a few KB and sends nothing.
#[derive(Clone)]
pub struct Socket(pub(super) Arc<EngineSocket>);

impl Socket {
    /// The socket's id.
    #[must_use]
    pub fn id(&self) -> SocketId {
        self.0.data.id
    }

    /// Puts a frame in the socket's buffer, behind what was sent before. It never waits, and `Ok` says
    /// nothing about whether the client gets it.
    ///
    /// # Errors
    /// [`SendError::Full`] and [`SendError::Closed`]; the frame was not sent.
    pub fn send(&self, frame: &Frame) -> Result<(), SendError> {
        match &mut *self.0.data.stage() {
            Stage::Open => self.emit(frame.packet()),
            Stage::Opening { held, most } if held.len() < *most => {
                held.push(frame.clone());
                Ok(())
            }
            Stage::Opening { .. } => Err(SendError::Full),
            Stage::Idle(_) | Stage::Closed => Err(SendError::Closed),
        }
    }

    /// As `send`, for what may be lost: false, and nothing sent, where the client doesn't keep up, or
    /// isn't open.
    pub fn offer(&self, frame: &Frame) -> bool {
        let stage = self.0.data.stage();
        if !matches!(*stage, Stage::Open) {
            return false;
        }
        // The engine doesn't tell how full it is, but it gives places out: take some, use one.
        let places: [_; RESERVED_PLACES] = std::array::from_fn(|_| self.0.reserve().ok());
        let Some([Some(place), ..]) = places.iter().all(Option::is_some).then_some(places) else {
            return false;
        };
        place.emit(frame.packet());
        self.0.data.count_frame();
        true
    }

    /// Whether the buffer has places for so many frames, and some more that may come first; not so where
    /// the socket isn't open.
    pub fn has_room(&self, frames: usize) -> bool {
        let most = frames + RESERVED_PLACES;
        let places: Vec<_> = (0..most).map_while(|_| self.0.reserve().ok()).collect();
        places.len() == most
    }

    /// Takes the event that waits next, if `pick` makes something of its name and arguments. For the
    /// session alone, while it handles the event before.
    pub fn take_next<T>(&self, pick: impl FnOnce(&str, &Payload) -> Option<T>) -> Option<(T, Option<Ack>)> {
        let pick = |event: &RawEvent| pick(&event.name, &event.payload);
        let (picked, ack) = self.0.data.inbox.take_next(pick)?;
        Some((picked, ack.map(|id| Ack::new(self.clone(), id))))
    }

    /// Ends the socket: the client gets `disconnect` (`io server disconnect`), events that wait are
    /// dropped, and nothing can be sent any more. A slow consumer's connection is closed without that
    /// notice, since there is no room for it. Who is sent away by a server that stops, or stood still,
    /// isn't told either: a stock client comes back by itself only where it has lost the connection.
    /// Does nothing on a socket that has ended. Needs a runtime.
    pub fn close(&self, reason: CloseReason) {
        let Some(before) = self.0.data.end(reason) else {
            return;
        };
        self.0.data.inbox.close_and_clear();
        let takes_more = matches!(before, Stage::Open)
            && match reason {
                CloseReason::SlowConsumer => false,
                CloseReason::ShuttingDown | CloseReason::StoodStill => true,
                _ => self.emit_control(Packet::disconnect(NAMESPACE)).is_ok(),
            };
        if takes_more {
            self.close_connection_later();
        } else {
            self.close_connection();
        }
    }

    /// Whether the socket has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(*self.0.data.stage(), Stage::Closed)
    }

    /// Tells the client that it is connected and sends the greeting and what was held meanwhile, in
    /// this order. False if the socket has ended, or can't take that much.
    pub(super) fn begin(&self, greeting: Vec<Frame>) -> bool {
        let mut stage = self.0.data.stage();
        let Stage::Opening { held, .. } = &mut *stage else {
            return false;
        };
        let held = std::mem::take(held);
        let answer = Value::Str(format!(r#"{{"sid":"{}"}}"#, self.id()).into(), None);
        let sent = self.emit_control(Packet::connect(NAMESPACE, Some(answer))).and_then(|()| {
            let mut frames = greeting.iter().chain(&held);
            frames.try_for_each(|frame| self.emit(frame.packet()))
        });
        if sent.is_ok() {
            *stage = Stage::Open;
        }
        drop(stage);
        if sent.is_err() {
            self.close(CloseReason::SlowConsumer);
        }
        sent.is_ok()
    }

    /// Tells the client that it may not connect, and gives it a moment to leave.
    pub(super) fn refuse(&self, text: String) {
        if self.0.data.end(CloseReason::SessionEnded).is_none() {
            return;
        }
        self.0.data.inbox.close_and_clear();
        self.emit_control(Packet::connect_error(NAMESPACE, text)).ok();
        self.close_connection_later();
    }

    /// Ends the socket and closes its connection, since the client broke the protocol. Events that
    /// came before are still handled.
    pub(super) fn break_off(&self) {
        self.finish(CloseReason::ProtocolError);
        self.close_connection();
    }

    /// Ends the socket because its connection has: events that wait are still handled.
    pub(super) fn finish(&self, reason: CloseReason) {
        self.0.data.end(reason);
        self.0.data.inbox.close();
    }

    pub(super) fn emit_control(&self, packet: Packet) -> Result<(), SendError> {
        match CommonParser.encode(packet) {
            Value::Str(text, _) => self.emit(text),
            Value::Bytes(_) => Err(SendError::Encode),
        }
    }

    pub(super) fn close_connection_later(&self) {
        let engine = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(CLOSE_GRACE).await;
            if let Some(engine) = engine.upgrade() {
                engine.close(DisconnectReason::ClosingServer);
            }
        });
    }

    fn close_connection(&self) {
        self.0.close(DisconnectReason::ClosingServer);
    }

    fn emit(&self, packet: Str) -> Result<(), SendError> {
        self.0.emit(packet).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Closed(_) => SendError::Closed,
        })?;
        self.0.data.count_frame();
        Ok(())
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Socket {}

impl Hash for Socket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.id()).finish()
    }
}
