//! The rooms of all conversations that local sockets have joined.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use natter_domain::command::{JoinConversation, Joined};
use natter_domain::message::{Change, Head};
use natter_domain::ports::EventBus;
use natter_domain::rejection::MAX_CATCH_UP;
use natter_domain::{ConversationId, ConversationKind, Rejection, Topic, UserId};
use natter_runtime::commands::Commands;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::follower::{Follower, revalidate};
use super::missed::Missed;
use super::repair::PAUSE;
use super::room::{Place, Room};
use crate::connection::Connection;
use crate::dialect::Entry;
use crate::socket::SocketId;

/// Joins that are under way at once, on the whole gateway. Where thousands come back at the same
/// moment, these end well before their deadline, and the others wait for their turn; begun all
/// together, none would end in time, and each would be begun again.
const JOINS: usize = 64;
/// How long a join waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// The rooms.
pub(crate) struct Rooms {
    commands: Commands,
    events: Arc<dyn EventBus>,
    joins: Semaphore,
    open: Mutex<HashMap<ConversationId, Arc<OpenRoom>>>,
}

struct OpenRoom {
    room: Arc<Mutex<Room>>,
    /// Set when the follower is subscribed; dropped with the room.
    follower: OnceCell<DropGuard>,
}

impl OpenRoom {
    fn lock(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rooms {
    pub(crate) fn new(commands: Commands, events: Arc<dyn EventBus>) -> Self {
        Self { commands, events, joins: Semaphore::new(JOINS), open: Mutex::default() }
    }

    /// Joins a socket: subscribes, looks whether it may and what it has missed, tells it that, and lets
    /// it live on without gap or double. A visit to anything but a group counts as one to a group that
    /// the user is not in.
    ///
    /// # Errors
    /// [`Rejection::Resync`] where it has missed too much, [`Rejection::Unavailable`] where very many
    /// join, and those of [`JoinConversation`]: nothing is joined.
    pub(crate) async fn join(&self, connection: &Arc<Connection>, entry: Entry) -> Result<Joined, Rejection> {
        let turn = timeout(TURN, self.joins.acquire()).await.map_err(|_late| Rejection::Unavailable)?;
        let open = self.enter(connection, entry);
        let found = self.look(&open, connection, entry).await;
        drop(turn);
        let (joined, missed) =
            found.inspect_err(|_rejection| self.leave(connection.id(), entry.conversation))?;
        if !missed.is_empty() {
            connection.until_room(missed.len()).await;
        }
        let is_live = open.lock().go_live(connection.id(), missed, joined.head.rev, Place::of(&joined));
        if is_live { Ok(joined) } else { Err(Rejection::NotParticipant) }
    }

    /// Where the timeline ends, and what the client has missed of it.
    async fn look(
        &self,
        open: &OpenRoom,
        connection: &Connection,
        entry: Entry,
    ) -> Result<(Joined, Vec<Change>), Rejection> {
        let Entry { conversation, after_rev, visits } = entry;
        open.follower.get_or_try_init(|| self.follow(conversation, open.room.clone())).await?;
        let user = connection.user_id();
        let mut joined = self.commands.call(JoinConversation { user, conversation }).await?;
        if visits && joined.kind != ConversationKind::Group {
            return Err(Rejection::NotParticipant);
        }
        open.lock().starts_at(joined.head.rev);
        let mut missed = Vec::new();
        if let Some(after) = after_rev.filter(|after| *after < joined.head.rev) {
            missed = self.missed(conversation, after).await?;
            if let Some(last) = missed.last() {
                let seq = missed.iter().map(|change| change.message.stored.seq).max().unwrap_or(0);
                joined.head =
                    Head { rev: joined.head.rev.max(last.message.stored.rev), seq: joined.head.seq.max(seq) };
            }
        }
        Ok((joined, missed))
    }

    /// What a client that knows everything up to `after` has missed.
    async fn missed(&self, conversation: ConversationId, after: u64) -> Result<Vec<Change>, Rejection> {
        let mut pages = Missed::after(after, conversation, &self.commands);
        let mut missed = Vec::new();
        while let Some(part) = pages.next(MAX_CATCH_UP + 1 - missed.len()).await? {
            missed.extend(part.changes);
            if missed.len() > MAX_CATCH_UP {
                return Err(Rejection::Resync);
            }
        }
        Ok(missed)
    }

    async fn follow(
        &self,
        conversation: ConversationId,
        room: Arc<Mutex<Room>>,
    ) -> Result<DropGuard, Rejection> {
        let events = self.events.subscribe(Topic::Conversation(conversation)).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "conversation not subscribed");
            Rejection::Unavailable
        })?;
        let stop = CancellationToken::new();
        let follower = Follower { conversation, room, commands: self.commands.clone() };
        tokio::spawn(follower.run(events, stop.clone()));
        Ok(stop.drop_guard())
    }

    fn open(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<OpenRoom>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, conversation: ConversationId) -> Option<Arc<OpenRoom>> {
        self.open().get(&conversation).cloned()
    }

    fn enter(&self, connection: &Arc<Connection>, entry: Entry) -> Arc<OpenRoom> {
        let Entry { conversation, after_rev, .. } = entry;
        let mut rooms = self.open();
        let open = rooms.entry(conversation).or_insert_with(|| {
            Arc::new(OpenRoom {
                room: Arc::new(Mutex::new(Room::new(conversation))),
                follower: OnceCell::new(),
            })
        });
        open.lock().enter(connection.clone(), after_rev.is_some());
        open.clone()
    }

    /// Takes a socket out; the last one closes the room.
    pub(crate) fn leave(&self, socket: SocketId, conversation: ConversationId) {
        let mut rooms = self.open();
        let Some(open) = rooms.get(&conversation) else { return };
        let mut room = open.lock();
        room.leave(socket);
        let empty = room.is_empty();
        drop(room);
        if empty {
            rooms.remove(&conversation);
        }
    }

    /// Whether the socket has joined.
    pub(crate) fn has(&self, socket: SocketId, conversation: ConversationId) -> bool {
        self.find(conversation).is_some_and(|open| open.lock().is_live(socket))
    }

    /// The place of a socket that has joined.
    pub(crate) fn place(&self, socket: SocketId, conversation: ConversationId) -> Option<Place> {
        self.find(conversation)?.lock().place(socket)
    }

    /// A user may take part no longer: looks, until it is known, and takes their sockets out if so.
    pub(crate) async fn revalidate(&self, conversation: ConversationId, user: UserId) {
        while let Some(open) = self.find(conversation) {
            if !open.lock().users().any(|member| member == user)
                || revalidate(&self.commands, &open.room, conversation, user).await
            {
                return;
            }
            drop(open);
            sleep(PAUSE).await;
        }
    }

    /// Blocks may have come or gone unheard: looks in all rooms of direct conversations, one after
    /// the other.
    pub(crate) async fn revalidate_directs(&self) {
        let rooms: Vec<_> = self.open().iter().map(|(id, open)| (*id, open.clone())).collect();
        for (conversation, open) in rooms {
            let users = open.lock().users_of_a_pair();
            for user in users {
                self.revalidate(conversation, user).await;
            }
        }
    }

    /// A block has come or gone between two users: looks in all rooms that they are in.
    pub(crate) async fn revalidate_pair(&self, one: UserId, other: UserId) {
        let rooms: Vec<_> = self.open().keys().copied().collect();
        for conversation in rooms {
            for user in [one, other] {
                self.revalidate(conversation, user).await;
            }
        }
    }
}
