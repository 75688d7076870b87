//! One connected client, as everything beside its own task sees it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use natter_domain::session::Bearer;
use natter_domain::{Timestamp, UserId, UserRef};

use crate::dialect::{Dialect, DialectId, SessionEnd};
use crate::socket::{CloseReason, Frame, SendError, Socket, SocketId};

/// A socket with its user, its dialect and the token under which it goes on.
pub(crate) struct Connection {
    socket: Socket,
    dialect: DialectId,
    address: IpAddr,
    user: Arc<UserRef>,
    bearer: Mutex<Bearer>,
    ended: AtomicBool,
}

impl Connection {
    pub(crate) fn new(
        socket: Socket,
        dialect: DialectId,
        address: IpAddr,
        user: Arc<UserRef>,
        bearer: Bearer,
    ) -> Self {
        Self { socket, dialect, address, user, bearer: Mutex::new(bearer), ended: AtomicBool::new(false) }
    }

    /// Where the client is, as far as trusted proxies tell.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    pub(crate) fn id(&self) -> SocketId {
        self.socket.id()
    }

    pub(crate) fn user(&self) -> &Arc<UserRef> {
        &self.user
    }

    pub(crate) fn user_id(&self) -> UserId {
        self.user.id
    }

    pub(crate) fn dialect_id(&self) -> DialectId {
        self.dialect
    }

    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        self.dialect.get()
    }

    /// The token under which the socket goes on.
    pub(crate) fn bearer(&self) -> Bearer {
        self.bearer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on under another token of the same user.
    pub(crate) fn renew(&self, bearer: Bearer) {
        *self.bearer.lock().unwrap_or_else(PoisonError::into_inner) = bearer;
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.bearer.lock().unwrap_or_else(PoisonError::into_inner).expires_at
    }

    /// Sends frames in order. A client that can't keep up is disconnected: it must not miss
    /// anything silently, and catches up when it comes back.
    pub(crate) fn send(&self, frames: &[Frame]) {
        for frame in frames {
            match self.socket.send(frame) {
                Ok(()) => {}
                Err(SendError::Full) => return self.socket.close(CloseReason::SlowConsumer),
                Err(SendError::Closed | SendError::Encode) => return,
            }
        }
    }

    /// Ends the session: the client is told why, and disconnected.
    pub(crate) fn end(&self, end: SessionEnd) {
        if !self.ended.swap(true, Ordering::AcqRel) {
            self.send(&[self.dialect().session_expired(end)]);
            self.socket.close(CloseReason::SessionEnded);
        }
    }

    /// Sends the client elsewhere.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.socket.close(reason);
    }
}
