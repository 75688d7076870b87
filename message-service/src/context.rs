//! What every part of the service works with.

use std::sync::Arc;

use natter_domain::ports::store::Stores;
use natter_domain::ports::{Clock, EventBus};
use natter_domain::{Event, Timestamp, Topic};
use natter_runtime::commands::Commands;

use crate::directory::Directory;

/// The ports, and what is remembered of them.
pub(crate) struct Context {
    pub(crate) stores: Stores,
    pub(crate) events: Arc<dyn EventBus>,
    /// To the presence service.
    pub(crate) commands: Commands,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: Directory,
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Publishes what is durable already: that the event may be lost is provided for (gaps are
    /// filled by `rev`, caches expire), so a failure is no failure of the command.
    pub(crate) async fn publish(&self, topic: Topic, event: Event) {
        if let Err(error) = self.events.publish(topic, event).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "event not published");
        }
    }
}
