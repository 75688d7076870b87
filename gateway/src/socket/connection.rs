//! What is kept with each connection of the engine.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use socketioxide_core::parser::ParserState;
use tokio::task::AbortHandle;

use super::{CloseReason, Frame, SocketId, inbox::Inbox, metrics::Metrics};

pub(super) type EngineSocket = engineioxide::Socket<Connection>;

/// What the engine keeps for us with each of its sockets. The session isn't in here but in the
/// socket's task, so that a session may hold its socket.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: SocketId,
    stage: Mutex<Stage>,
    pub(super) parser: ParserState,
    pub(super) inbox: Inbox,
    ended: OnceLock<CloseReason>,
    pub(super) metrics: OnceLock<Arc<Metrics>>,
}

impl Connection {
    /// Locks the stage: what is sent to a socket is ordered by this lock.
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the first reason, and tells how far the socket had come; nothing if it has ended before.
    pub(super) fn end(&self, reason: CloseReason) -> Option<Stage> {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Closed) {
            return None;
        }
        self.ended.set(reason).ok();
        Some(std::mem::replace(&mut *stage, Stage::Closed))
    }

    /// Why the socket has ended, if it has.
    pub(super) fn ended(&self) -> Option<CloseReason> {
        self.ended.get().copied()
    }

    pub(super) fn count_frame(&self) {
        if let Some(metrics) = self.metrics.get() {
            metrics.frames_out.increment(1);
        }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            id: SocketId::new(),
            stage: Mutex::new(Stage::Idle(None)),
            parser: ParserState::default(),
            inbox: Inbox::default(),
            ended: OnceLock::new(),
            metrics: OnceLock::new(),
        }
    }
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// No CONNECT packet yet, and what ends a client that sends none.
    Idle(Option<AbortHandle>),
    /// [`Sessions::open`](super::Sessions::open) runs; at most `most` frames are held.
    Opening { held: Vec<Frame>, most: usize },
    /// Connected.
    Open,
    /// Ended, or refused.
    Closed,
}
