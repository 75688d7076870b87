//! One connected client, as everything beside its own task sees it.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use natter_domain::session::Bearer;
use natter_domain::{ConversationId, MessageId, Timestamp, UserId, UserRef};
use tokio::time::{Instant, sleep};

use crate::dialect::{Dialect, DialectId, SessionEnd};
use crate::socket::{Ack, CloseReason, Frame, Payload, SendError, Socket, SocketId};

/// Frames at a time that a socket which keeps up has room for.
const FEW_FRAMES: usize = 32;
/// How long a socket may have no room for the next of many frames: its user's other sockets wait, too.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a socket may have no room for what a join brings, for which nobody else waits.
const JOIN_PATIENCE: Duration = Duration::from_secs(5);
/// Pause of who waits for room.
const PAUSE: Duration = Duration::from_millis(5);
/// Messages of its own that a socket may not have heard of yet.
const MAX_UNHEARD: usize = 256;
/// Conversations of which it is remembered how far a socket has paged.
const MAX_PAGED: usize = 256;

/// A socket with its user, its dialect and the token under which it goes on.
pub(crate) struct Connection {
    socket: Socket,
    dialect: DialectId,
    address: IpAddr,
    user: Arc<UserRef>,
    bearer: Mutex<Bearer>,
    ended: AtomicBool,
    opened_at: Instant,
    /// Since when everything that is published for its user reaches it.
    follows_since: OnceLock<Instant>,
    /// Messages that it sent and gets an ack for, oldest first.
    sent: Mutex<VecDeque<MessageId>>,
    /// How far it has paged conversations of which it hears without joining, oldest first.
    paged: Mutex<VecDeque<(ConversationId, u64)>>,
}

impl Connection {
    pub(crate) fn new(
        socket: Socket,
        dialect: DialectId,
        address: IpAddr,
        user: Arc<UserRef>,
        bearer: Bearer,
    ) -> Self {
        Self {
            socket,
            dialect,
            address,
            user,
            bearer: Mutex::new(bearer),
            ended: AtomicBool::new(false),
            opened_at: Instant::now(),
            follows_since: OnceLock::new(),
            sent: Mutex::default(),
            paged: Mutex::default(),
        }
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

    /// As [`Connection::send`], for any number of frames: more than a client has room for go out as
    /// fast as it takes them.
    pub(crate) async fn send_all(&self, frames: &[Frame]) {
        if frames.len() <= FEW_FRAMES {
            return self.send(frames);
        }
        for frame in frames {
            let deadline = Instant::now() + PATIENCE;
            while !self.socket.offer(frame) {
                if self.socket.is_closed() {
                    return;
                }
                if Instant::now() > deadline {
                    return self.socket.close(CloseReason::SlowConsumer);
                }
                sleep(PAUSE).await;
            }
        }
    }

    /// Waits until there is room for so many frames. A client that doesn't make any is disconnected.
    pub(crate) async fn until_room(&self, frames: usize) {
        let deadline = Instant::now() + JOIN_PATIENCE;
        while !self.socket.has_room(frames) && !self.socket.is_closed() {
            if Instant::now() > deadline {
                return self.socket.close(CloseReason::SlowConsumer);
            }
            sleep(PAUSE).await;
        }
    }

    /// Sends what may be lost: a client that can't keep up goes without.
    pub(crate) fn offer(&self, frame: &Frame) {
        if !self.socket.offer(frame) {
            metrics::counter!("natter_gateway_relays_dropped_total").increment(1);
        }
    }

    /// As [`Socket::take_next`].
    pub(crate) fn take_next<T>(
        &self,
        pick: impl FnOnce(&str, &Payload) -> Option<T>,
    ) -> Option<(T, Option<Ack>)> {
        self.socket.take_next(pick)
    }

    /// Since when the socket has been here.
    pub(crate) fn opened_at(&self) -> Instant {
        self.opened_at
    }

    /// From now on everything that is published for its user reaches it.
    pub(crate) fn follows(&self) {
        self.follows_since.get_or_init(Instant::now);
    }

    /// For how long everything that is published for its user has reached it.
    pub(crate) fn followed_for(&self) -> Duration {
        self.follows_since.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// The socket is about to send a message, of which the ack tells it. By the message's id, and
    /// not by the socket's in the event, so that it holds for what is fetched, too.
    pub(crate) fn sends(&self, message: MessageId) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= MAX_UNHEARD {
            sent.pop_front();
        }
        sent.push_back(message);
    }

    /// Whether the socket sent this message; asked once.
    pub(crate) fn has_sent(&self, message: MessageId) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let place = sent.iter().position(|own| *own == message);
        place.and_then(|place| sent.remove(place)).is_some()
    }

    /// The client is about to get all changes of a conversation up to this `rev` as a page. Those that
    /// are told later, for they were on their way, it would hear a second time.
    pub(crate) fn pages(&self, conversation: ConversationId, rev: u64) {
        let mut paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        paged.retain(|(other, _)| *other != conversation);
        if paged.len() >= MAX_PAGED {
            paged.pop_front();
        }
        paged.push_back((conversation, rev));
    }

    /// Whether the client got this change as a page; asked in order of `rev`.
    pub(crate) fn has_paged(&self, conversation: ConversationId, rev: u64) -> bool {
        let mut paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = paged.iter().position(|(other, _)| *other == conversation) else { return false };
        let has_paged = paged.get(place).is_some_and(|(_, to)| rev <= *to);
        if !has_paged {
            paged.remove(place);
        }
        has_paged
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
