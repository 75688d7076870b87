//! Telling every process of what makes its knowledge wrong.
//!
//! Core NATS may lose an event, and this process its connection right after a write. What is
//! remembered expires, and ended sessions are asked for; but gateways keep those who have joined a
//! room until they hear otherwise. What they have to hear is said again, and until it has gone out.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::ports::EventBus;
use natter_domain::{DirectoryEvent, Event, Topic};
use natter_runtime::Tasks;
use tokio_util::sync::CancellationToken;

/// When it is said again: what was lost is known within 5 s.
const AGAIN: Duration = Duration::from_secs(2);
/// How often, where it does not go out: for a minute. A connection that was away for longer is a
/// gap to everybody at its other end, too.
const TRIES: u32 = 30;
/// Announcements that wait to be said again; past those they are said once.
const WAITING: usize = 10_000;
/// How long the last ones may take when the service stops.
const LAST: Duration = Duration::from_secs(1);

/// What is told on the directory's topic.
pub(crate) struct Announcements {
    events: Arc<dyn EventBus>,
    repeats: Tasks,
}

impl Announcements {
    pub(crate) fn new(events: Arc<dyn EventBus>) -> Self {
        Self { events, repeats: Tasks::new(WAITING, &CancellationToken::new()) }
    }

    /// Tells of what is durable already, and is found out in time by who does not hear it.
    pub(crate) async fn tell(&self, event: DirectoryEvent) {
        publish(&*self.events, &event).await;
    }

    /// Tells of what is durable already, now and once more.
    pub(crate) async fn tell_twice(&self, event: DirectoryEvent) {
        publish(&*self.events, &event).await;
        let (events, stop) = (self.events.clone(), self.repeats.stop().clone());
        let again = async move {
            for _ in 0..TRIES {
                let stopped = stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none();
                if publish(&*events, &event).await || stopped {
                    return;
                }
            }
        };
        if self.repeats.try_spawn(again).is_err() {
            tracing::warn!("too much to tell: said once only");
        }
    }

    /// Says what waits to be said again.
    pub(crate) async fn finish(&self) {
        self.repeats.finish(LAST).await;
    }
}

/// Whether it went out. A failure is no failure of the command.
async fn publish(events: &dyn EventBus, event: &DirectoryEvent) -> bool {
    let published = events.publish(Topic::Directory, Event::Directory(event.clone())).await;
    if let Err(error) = &published {
        tracing::warn!(error = error as &dyn std::error::Error, "directory event not published");
    }
    published.is_ok()
}
