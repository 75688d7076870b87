//! The buses, within a process.
//!
//! What goes over them is encoded and decoded as on a bus between processes, so that tests of a
//! standalone process test the wire format too. Knows no rule and no subject.

mod commands;
mod events;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use natter_domain::command::{Command, Reply};
use natter_domain::event::{Event, Topic};
use natter_domain::ports::{
    Address, BusError, CommandBus, CommandError, CommandHandler, EventBus, Service, Serving, Subscription,
};

use commands::Workers;
use events::Topics;

/// Commands that a worker carries out at once; with more it takes none.
const COMMANDS: usize = 4_096;
/// Events that wait for one subscriber; those past it are lost, and it is told.
const EVENTS: usize = 1_024;

/// Both buses, for the services of one process.
///
/// Needs a tokio runtime around [`CommandBus::request`]. When it is dropped, its subscriptions end.
pub struct EmbeddedBus {
    workers: Arc<Workers>,
    topics: Arc<Topics>,
}

impl EmbeddedBus {
    /// With the usual bounds.
    pub fn new() -> Self {
        Self::bounded(COMMANDS, EVENTS)
    }

    /// With at most `commands` under way in a worker, and `events` waiting for a subscriber.
    pub fn bounded(commands: usize, events: usize) -> Self {
        Self { workers: Arc::new(Workers::new(commands)), topics: Arc::new(Topics::new(events)) }
    }
}

impl Default for EmbeddedBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for EmbeddedBus {
    fn drop(&mut self) {
        self.topics.close();
    }
}

#[async_trait]
impl CommandBus for EmbeddedBus {
    /// A worker that is as busy as is allowed is no responder.
    async fn request(
        &self,
        address: Address,
        command: Command,
        deadline: Duration,
    ) -> Result<Reply, CommandError> {
        self.workers.request(address, &command, deadline).await
    }

    async fn serve(&self, service: Service, handler: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        Ok(Serving(Box::new(self.workers.add(service, handler))))
    }
}

#[async_trait]
impl EventBus for EmbeddedBus {
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError> {
        self.topics.publish(topic, &event);
        Ok(())
    }

    async fn subscribe(&self, topic: Topic) -> Result<Subscription, BusError> {
        Ok(Box::pin(self.topics.subscribe(topic)))
    }

    fn connected(&self) -> bool {
        true
    }
}
