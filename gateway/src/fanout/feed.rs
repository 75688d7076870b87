//! What each user's sockets are told, whether they joined anything or not.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use natter_domain::command::SyncedConversation;
use natter_domain::ports::{Clock, EventBus, Published, Subscription};
use natter_domain::{ConversationId, Event, Rejection, Topic, UserEvent, UserId};
use natter_runtime::commands::Commands;
use tokio::sync::OnceCell;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Rooms;
use super::directs::{Directs, Repairs};
use super::encoded::Encoded;
use crate::connection::Connection;
use crate::dialect::Audience;

/// The feeds of all users who have a socket here.
pub(crate) struct Feeds {
    events: Arc<dyn EventBus>,
    rooms: Arc<Rooms>,
    repairs: Arc<Repairs>,
    most: MostSockets,
    open: Mutex<Open>,
}

/// How many sockets there may be here at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MostSockets {
    pub(crate) of_user: Option<NonZeroU32>,
    pub(crate) of_address: Option<NonZeroU32>,
    pub(crate) of_all: Option<NonZeroU32>,
}

#[derive(Default)]
struct Open {
    feeds: HashMap<UserId, Arc<Feed>>,
    by_address: HashMap<IpAddr, u32>,
    sockets: u32,
}

/// One user's local sockets.
#[derive(Default)]
pub(super) struct Feed {
    connections: Mutex<Vec<Arc<Connection>>>,
    directs: Mutex<Directs>,
    /// Set when the feed is subscribed; dropped with it.
    follower: OnceCell<DropGuard>,
    /// As that, once somebody hears of direct conversations without joining.
    follower_of_directs: OnceCell<DropGuard>,
}

/// There are as many sockets as there may be: of the user, from the address, or at all.
#[derive(Debug)]
pub(crate) struct TooMany;

impl Feed {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locked while something is told, so that it is told in order.
    pub(super) fn directs(&self) -> MutexGuard<'_, Directs> {
        self.directs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sockets that hear of direct conversations without joining.
    pub(super) fn listeners(&self) -> Vec<Arc<Connection>> {
        let connections = self.lock();
        connections.iter().filter(|connection| !connection.dialect().joins_direct()).cloned().collect()
    }

    async fn tell(&self, event: &UserEvent, rooms: &Rooms) {
        let encoded = Encoded::new(|dialect| dialect.personal(event));
        let connections = self.lock().clone();
        for connection in connections {
            let hears = match connection.dialect().audience(event) {
                Audience::Everywhere => true,
                Audience::Outside(conversation) => !rooms.has(connection.id(), conversation),
            };
            if hears {
                connection.send_all(encoded.frames(connection.dialect_id())).await;
            }
        }
    }
}

impl Feeds {
    pub(crate) fn new(
        commands: Commands,
        events: Arc<dyn EventBus>,
        clock: Arc<dyn Clock>,
        rooms: Arc<Rooms>,
        most: MostSockets,
    ) -> Self {
        let repairs = Arc::new(Repairs { commands, clock });
        Self { events, rooms, repairs, most, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a socket to its user's feed. Every event that is published after [`Feeds::follow`]
    /// reaches it.
    pub(crate) fn attach(&self, connection: &Arc<Connection>) -> Result<(), TooMany> {
        let mut open = self.open();
        let of_user = open.feeds.get(&connection.user_id()).map_or(0, |feed| feed.lock().len());
        let of_address = open.by_address.get(&connection.address()).copied().unwrap_or(0);
        let is_full = |most: Option<NonZeroU32>, sockets| most.is_some_and(|most| sockets >= most.get());
        if is_full(self.most.of_user, u32::try_from(of_user).unwrap_or(u32::MAX))
            || is_full(self.most.of_address, of_address)
            || is_full(self.most.of_all, open.sockets)
        {
            return Err(TooMany);
        }
        open.sockets += 1;
        *open.by_address.entry(connection.address()).or_default() += 1;
        let feed = open.feeds.entry(connection.user_id()).or_default();
        feed.lock().push(connection.clone());
        Ok(())
    }

    /// Waits until the feed of the socket's user is subscribed to all that concerns the socket.
    pub(crate) async fn follow(&self, connection: &Connection) -> Result<(), Rejection> {
        let user = connection.user_id();
        let Some(feed) = self.open().feeds.get(&user).cloned() else { return Err(Rejection::Unavailable) };
        let subscribe = |topic| self.subscribe(topic, user, feed.clone());
        let own = feed.follower.get_or_try_init(|| subscribe(Topic::User(user)));
        if connection.dialect().joins_direct() {
            own.await?;
        } else {
            let directs = feed.follower_of_directs.get_or_try_init(|| subscribe(Topic::Directs(user)));
            tokio::try_join!(own, directs)?;
        }
        connection.follows();
        Ok(())
    }

    async fn subscribe(&self, topic: Topic, user: UserId, feed: Arc<Feed>) -> Result<DropGuard, Rejection> {
        let events = self.events.subscribe(topic).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "user not subscribed");
            Rejection::Unavailable
        })?;
        let stop = CancellationToken::new();
        // The task must not keep the feed alive, whose end ends it.
        let feed = Arc::downgrade(&feed);
        let (rooms, repairs) = (self.rooms.clone(), self.repairs.clone());
        tokio::spawn(run(user, feed, rooms, repairs, events, stop.clone()));
        Ok(stop.drop_guard())
    }

    /// A socket is about to get pages of conversations: what is in them isn't told to it any more.
    pub(crate) fn page(&self, connection: &Connection, pages: &[SyncedConversation]) {
        if connection.dialect().joins_direct() {
            return;
        }
        let Some(feed) = self.open().feeds.get(&connection.user_id()).cloned() else { return };
        // What is being told goes out before.
        let _told = feed.directs();
        for page in pages {
            // One without changes says only how far the client believes to be.
            if let Some(last) = page.changes.changes.last() {
                connection.pages(page.conversation, last.message.stored.rev);
            }
        }
    }

    /// Takes a socket out; the last one of its user closes the feed.
    pub(crate) fn detach(&self, connection: &Connection) {
        let mut open = self.open();
        let Some(feed) = open.feeds.get(&connection.user_id()).cloned() else { return };
        let mut connections = feed.lock();
        let before = connections.len();
        connections.retain(|other| other.id() != connection.id());
        let left = connections.len();
        drop(connections);
        if left < before {
            open.sockets -= 1;
            if let Entry::Occupied(mut sockets) = open.by_address.entry(connection.address()) {
                *sockets.get_mut() -= 1;
                if *sockets.get() == 0 {
                    sockets.remove();
                }
            }
        }
        if left == 0 {
            open.feeds.remove(&connection.user_id());
        }
    }

    /// A user's sockets.
    pub(crate) fn of(&self, user: UserId) -> Vec<Arc<Connection>> {
        self.open().feeds.get(&user).map(|feed| feed.lock().clone()).unwrap_or_default()
    }

    /// Everybody's sockets.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.open().feeds.values().flat_map(|feed| feed.lock().clone()).collect()
    }

    /// How many sockets a user has here.
    pub(crate) fn count(&self, user: UserId) -> u32 {
        let sockets = self.open().feeds.get(&user).map_or(0, |feed| feed.lock().len());
        u32::try_from(sockets).unwrap_or(u32::MAX)
    }

    /// Everybody who has a socket here.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.open().feeds.keys().copied().collect()
    }

    /// Whether the user has a socket here.
    pub(crate) fn has(&self, user: UserId) -> bool {
        self.open().feeds.contains_key(&user)
    }
}

async fn run(
    user: UserId,
    feed: std::sync::Weak<Feed>,
    rooms: Arc<Rooms>,
    repairs: Arc<Repairs>,
    mut events: Subscription,
    stop: CancellationToken,
) {
    loop {
        let published = tokio::select! {
            () = stop.cancelled() => return,
            published = events.next() => published,
        };
        let Some(feed) = feed.upgrade() else { return };
        let event = match published {
            Some(Published::Event(Event::User(event))) => event,
            Some(Published::Event(_)) => continue,
            Some(Published::Gap) => {
                feed.doubt_directs(&repairs);
                // The rest of what was lost is news; clients see it when they next fetch.
                continue;
            }
            None => return,
        };
        match &event {
            UserEvent::Direct { conversation, event } => feed.take_direct(*conversation, event, &repairs),
            event => {
                if let UserEvent::ConversationCreated(view) = event {
                    feed.begin_direct(view);
                }
                feed.tell(event, &rooms).await;
            }
        }
        if let UserEvent::ConversationRemoved(conversation) = event {
            leave_room(&rooms, conversation, user);
        }
    }
}

/// The room was told, too, and takes the user's sockets out; unless that event was lost.
fn leave_room(rooms: &Arc<Rooms>, conversation: ConversationId, user: UserId) {
    let rooms = rooms.clone();
    tokio::spawn(async move { rooms.revalidate(conversation, user).await });
}
