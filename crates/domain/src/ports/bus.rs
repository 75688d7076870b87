//! The two buses: commands to one worker of a group, events to everyone who subscribed.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::command::{Command, Reply};
use crate::event::{Event, Topic};
use crate::rejection::Rejection;

/// How many ways commands of a service are spread. Every replica owns some of them; a partition
/// that two own for a moment does no harm.
pub const PARTITIONS: u16 = 64;

/// Groups of workers that carry out commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Users, sessions, conversations, messages, receipts.
    Message,
    /// Who is online.
    Presence,
}

/// Who is to carry out a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The group.
    pub service: Service,
    /// Below [`PARTITIONS`]: commands about one thing go to the replica that owns its partition.
    pub partition: u16,
}

impl Address {
    /// The address for commands about the thing with this key.
    pub fn of(service: Service, key: &[u8]) -> Self {
        // FNV-1a, 32 bits (RFC 9923): every gateway of every version must come to the same.
        let hash = key
            .iter()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        Self { service, partition: (hash % u32::from(PARTITIONS)) as u16 }
    }
}

/// Why no reply came.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The worker refused the command.
    #[error(transparent)]
    Rejected(Rejection),
    /// No worker was there to take it: nothing happened, and it may be sent again at once.
    #[error("no worker takes this command")]
    NoResponder,
    /// The worker that was given it is gone, or the way to it was: unknown whether it happened, but
    /// another worker may be asked at once.
    #[error("the worker that was asked is gone")]
    Lost,
    /// No reply within the deadline: unknown whether it happened.
    #[error("no reply within the deadline")]
    TimedOut,
    /// The bus failed: unknown whether it happened.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// The bus itself failed.
#[derive(Debug, thiserror::Error)]
#[error("the bus failed: {what}")]
pub struct BusError {
    /// What it was doing.
    pub what: &'static str,
    /// Why it failed.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Carries out commands.
#[async_trait]
pub trait CommandHandler: Send + Sync + 'static {
    /// Carries out one command. Called concurrently; the caller may have given up meanwhile.
    /// Idempotent for commands that carry their own id.
    async fn handle(&self, command: Command) -> Result<Reply, Rejection>;
}

/// Ends a worker's part in a group. Dropping it stops taking commands and lets those under way go
/// on.
pub struct Serving(pub Box<dyn std::any::Any + Send + Sync>);

/// Request and reply with one worker of a group.
#[async_trait]
pub trait CommandBus: Send + Sync {
    /// Sends a command and waits for its reply, at most `deadline`. At most one worker takes it.
    /// Dropping the future gives up waiting; the command may still be carried out.
    async fn request(
        &self,
        address: Address,
        command: Command,
        deadline: Duration,
    ) -> Result<Reply, CommandError>;

    /// Takes a service's commands. When this returns, requests find the handler.
    async fn serve(
        &self,
        service: Service,
        handler: std::sync::Arc<dyn CommandHandler>,
    ) -> Result<Serving, BusError>;
}

/// What a subscription yields.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// An event, in the order in which each publisher published.
    Event(Event),
    /// Some may have been lost (the subscriber was too slow, or the connection was gone): look at
    /// the store.
    Gap,
}

/// A live subscription; dropping it ends it.
pub type Subscription = BoxStream<'static, Published>;

/// Events to every subscriber: at most once each, in order for each publisher and topic.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Publishes. Never waits for subscribers; an error means that it may not have gone out.
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError>;

    /// Waits until what was published here before has left this process, so that its end takes nothing
    /// back. Nothing to wait for on a bus that ends with the process.
    async fn flush(&self) -> Result<(), BusError> {
        Ok(())
    }

    /// Subscribes. When this returns, everything that is published from now on anywhere arrives
    /// (or a [`Published::Gap`] does). The stream ends only with the bus.
    async fn subscribe(&self, topic: Topic) -> Result<Subscription, BusError>;

    /// Whether the bus is connected; a gateway that lost it goes unready.
    fn connected(&self) -> bool;
}
