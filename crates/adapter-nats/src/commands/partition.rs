//! Taking the commands of a partition, and giving it up without losing one.
//!
//! The client forgets a subscription before the server has heard of it, draining or not, so that
//! commands on their way would be lost without anybody knowing. But when both are told to end it
//! after a certain message, they count to the same one. So a partition is given up some messages
//! ahead, and where not so many commands come, empty messages fill their place.

use std::sync::Arc;

use async_nats::{Message, Subscriber};
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use natter_domain::ports::BusError;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::worker::Worker;
use crate::connection::{Connection, PATIENCE};
use crate::error::failed;

/// More than may be on their way to one partition when it is given up.
const AHEAD: u64 = 128;

/// A partition whose commands are taken.
pub(super) struct Partition {
    connection: Connection,
    worker: Arc<Worker>,
    subject: String,
    commands: Subscriber,
    taken: u64,
}

impl Partition {
    /// Subscribes to its commands.
    pub(super) async fn subscribe(
        connection: Connection,
        worker: Arc<Worker>,
        subject: String,
    ) -> Result<Self, BusError> {
        let commands = connection.subscribe(subject.clone()).await?;
        Ok(Self { connection, worker, subject, commands, taken: 0 })
    }

    /// Takes commands until it is stopped, and those that are on their way then.
    pub(super) async fn take_until(mut self, stop: CancellationToken) {
        while let Some(message) = stop.run_until_cancelled(self.commands.next()).await {
            let Some(message) = message else { return };
            self.take(message).await;
        }
        match timeout(PATIENCE, self.give_up()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a partition is given up in haste"),
            Err(_) => tracing::warn!("a partition is given up late"),
        }
    }

    async fn take(&mut self, message: Message) {
        self.taken += 1;
        self.worker.take(message).await;
    }

    async fn give_up(&mut self) -> Result<(), BusError> {
        const WHAT: &str = "giving a partition up";
        let last = self.taken + AHEAD;
        self.commands.unsubscribe_after(last).await.map_err(|error| failed(WHAT, error))?;
        loop {
            for _ in 0..last.saturating_sub(self.taken) {
                self.connection.send(self.subject.clone(), Bytes::new(), None).await?;
            }
            self.connection.barrier().await?;
            while let Some(message) = self.commands.next().now_or_never() {
                let Some(message) = message else { return Ok(()) };
                self.take(message).await;
            }
        }
    }
}
