//! Following what makes this gateway's knowledge wrong: ended sessions, blocks, changed users.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use natter_auth::Authenticator;
use natter_domain::command::ListRevocations;
use natter_domain::ports::{Clock, EventBus, Published};
use natter_domain::session::{Revocation, RevocationScope};
use natter_domain::{DirectoryEvent, Event, Rejection, Timestamp, Topic};
use natter_runtime::commands::Commands;
use natter_runtime::events;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::dialect::SessionEnd;
use crate::fanout::{Feeds, Rooms};

/// How often ended sessions are asked for, beside being told: a logout whose event was lost still
/// ends its sockets within 5 s.
const POLL: Duration = Duration::from_secs(3);
/// How far each question reaches back: clocks differ, and answers may be late.
const OVERLAP: Duration = Duration::from_secs(30);

/// Follows the directory.
pub(crate) struct DirectoryFollower {
    pub(crate) commands: Commands,
    pub(crate) events: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) feeds: Arc<Feeds>,
    pub(crate) blocks: Arc<BlockChanges>,
}

/// How often blocks have changed, as far as this gateway has heard: what is remembered of them is
/// good for as long as this stays the same.
#[derive(Default)]
pub(crate) struct BlockChanges(AtomicU64);

impl BlockChanges {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn more(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl DirectoryFollower {
    /// Follows until `stop`.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let Some(mut events) = events::subscribe(&*self.events, Topic::Directory, &stop).await else {
            return;
        };
        let mut asked_at = self.clock.now();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                published = events.next() => match published {
                    Some(Published::Event(Event::Directory(event))) => self.apply(event).await,
                    Some(Published::Event(_)) => {}
                    Some(Published::Gap) => self.doubt(),
                    None => return,
                },
                _ = poll.tick() => self.poll(&mut asked_at).await,
            }
        }
    }

    async fn apply(&self, event: DirectoryEvent) {
        self.authenticator.apply(&event).await;
        match event {
            DirectoryEvent::SessionsRevoked(revocation) => self.revoke(&revocation).await,
            DirectoryEvent::BlockChanged(one, other) => {
                self.blocks.more();
                if self.feeds.has(one) || self.feeds.has(other) {
                    let rooms = self.rooms.clone();
                    // Ended sessions must not wait for what may take its time.
                    tokio::spawn(async move { rooms.revalidate_pair(one, other).await });
                }
            }
            DirectoryEvent::MemberLeft(conversation, user) => {
                // The room has heard of it, unless that was lost.
                if self.feeds.has(user) {
                    let rooms = self.rooms.clone();
                    tokio::spawn(async move { rooms.revalidate(conversation, user).await });
                }
            }
            DirectoryEvent::ConversationChanged(_) | DirectoryEvent::UserChanged(_) => {}
        }
    }

    /// Events may have been lost: ended sessions are asked for anyway, and rooms that may have lost
    /// something on their own topics look for themselves.
    fn doubt(&self) {
        self.authenticator.forget();
        self.blocks.more();
        let rooms = self.rooms.clone();
        tokio::spawn(async move { rooms.revalidate_directs().await });
    }

    async fn poll(&self, asked_at: &mut Timestamp) {
        let now = self.clock.now();
        let mut since = Timestamp::from_millis(asked_at.millis() - OVERLAP.as_millis() as i64);
        loop {
            let revocations = match self.commands.call(ListRevocations { since }).await {
                Ok(revocations) => revocations,
                Err(rejection) => {
                    return tracing::warn!(%rejection, "ended sessions not asked for");
                }
            };
            for revocation in &revocations {
                if self.feeds.has(revocation.user) {
                    self.authenticator.revoke(revocation).await;
                    self.revoke(revocation).await;
                }
            }
            // They come oldest first, and not all at once.
            match revocations.last() {
                Some(last) if last.at > since => since = last.at,
                _ => break,
            }
        }
        *asked_at = now;
    }

    async fn revoke(&self, revocation: &Revocation) {
        for connection in self.feeds.of(revocation.user) {
            match &revocation.scope {
                RevocationScope::Session(session) if connection.bearer().session == *session => {
                    connection.end(SessionEnd::Revoked);
                }
                RevocationScope::Session(_) => {}
                // Whether a session began before or after is the message service's to say.
                RevocationScope::Everything | RevocationScope::UserGone => self.check(&connection).await,
            }
        }
    }

    async fn check(&self, connection: &Connection) {
        match self.authenticator.holds(connection.bearer()).await {
            Err(Rejection::SessionRevoked) => connection.end(SessionEnd::Revoked),
            Err(Rejection::UserNotFound) => connection.end(SessionEnd::UserNotFound),
            Ok(_) | Err(_) => {}
        }
    }
}
