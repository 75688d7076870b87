//! Whether there is a connection, and what follows when it was lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use metrics::{counter, gauge};
use tokio::sync::{Notify, watch};

use crate::connection::Connection;
use crate::signals::Signals;

/// The client tells of changes, but not surely of each one: so its state is looked at, too.
const LOOK: Duration = Duration::from_millis(500);

/// The state of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// Whether there is one.
    pub(crate) up: bool,
    /// How many there have been.
    pub(crate) connects: u64,
}

impl Link {
    pub(crate) fn of(client: &Client) -> Self {
        let connects = client.statistics().connects.load(Ordering::Relaxed);
        Self { up: client.connection_state() == State::Connected, connects }
    }

    /// Whether something may have been lost since.
    fn lost_something_since(self, before: Self) -> bool {
        before.connects > 0 && (self.connects != before.connects || !self.up)
    }
}

/// Follows the connection for ever: tells those who wait for it, and after each loss, as soon as
/// the server knows all subscriptions again, every subscriber of a gap.
pub(crate) async fn follow(
    connection: Connection,
    changed: Arc<Notify>,
    link: watch::Sender<Link>,
    signals: Arc<Signals>,
) {
    let mut owed = false;
    loop {
        // Either way it is time to look.
        let _ = tokio::time::timeout(LOOK, changed.notified()).await;
        let (before, now) = (*link.borrow(), Link::of(&connection.client));
        if now != before {
            tell(before, now);
            if now.lost_something_since(before) {
                owed = true;
                signals.lost();
            }
            link.send_replace(now);
        }
        if owed && now.up {
            match connection.barrier().await {
                Ok(()) => {
                    owed = false;
                    signals.gap();
                }
                Err(error) => tracing::warn!(%error, "subscriptions are not known to be renewed yet"),
            }
        }
    }
}

fn tell(before: Link, now: Link) {
    gauge!("natter_nats_connected").set(if now.up { 1.0 } else { 0.0 });
    if now.connects != before.connects {
        counter!("natter_nats_connects_total").increment(now.connects.saturating_sub(before.connects));
    }
    match (now.up, before.connects) {
        (true, 0) => tracing::info!("connected to NATS"),
        (true, _) => tracing::info!("connected to NATS again"),
        (false, 0) => {}
        (false, _) => tracing::warn!("the connection to NATS is lost"),
    }
}
