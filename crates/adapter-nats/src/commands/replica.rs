//! A replica's part in its service: it takes commands, and says that it does.
//!
//! Which partitions are its own is worked out by those who send commands (see [`super::owners`]): so
//! it takes those of all, each over a subscription of its own, since the client bounds each one's
//! queue.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Subscriber};
use futures::StreamExt as _;
use natter_domain::ports::{Address, BusError, PARTITIONS, Service};
use natter_proto::{Announcement, encode_announcement, subjects};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::lease::Lease;
use super::owners::ANNOUNCE;
use super::partition::Partition;
use super::worker::Worker;
use crate::connection::Connection;

/// How long a replica that leaves still takes commands: until everybody has heard it.
const HANDOVER: Duration = Duration::from_millis(250);

/// One replica of a service.
pub(crate) struct Replica {
    connection: Connection,
    service: Service,
    id: u128,
    lease: Lease,
    /// Who asks whether somebody is there.
    questions: Subscriber,
    /// Each partition's commands are taken until its guard is dropped.
    partitions: Vec<DropGuard>,
}

impl Replica {
    /// Takes commands, and says so.
    pub(crate) async fn start(
        connection: Connection,
        service: Service,
        worker: Arc<Worker>,
    ) -> Result<Self, BusError> {
        let id = rand::random();
        let mut partitions = Vec::new();
        for partition in 0..PARTITIONS {
            let subject = subjects::command(Address { service, partition }, id);
            let partition = Partition::subscribe(connection.clone(), Arc::clone(&worker), subject).await?;
            let stop = CancellationToken::new();
            worker.tasks().spawn(partition.take_until(stop.clone()));
            partitions.push(stop.drop_guard());
        }
        let questions = connection.subscribe(subjects::who(service)).await?;
        // Nobody hears of it before the server knows where its commands go.
        connection.barrier().await?;
        let replica = Self { connection, service, id, lease: worker.lease(), questions, partitions };
        replica.announce(false).await?;
        Ok(replica)
    }

    /// Takes part until it is stopped, then leaves. Ends when all it took has begun.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut announce = interval(ANNOUNCE);
        announce.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut link = self.connection.link();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(question) = self.questions.next() => self.answer(question).await,
                Ok(()) = link.changed() => self.announce_if_up().await,
                _ = announce.tick() => self.announce_if_up().await,
            }
        }
        self.leave().await;
    }

    fn announcement(&self, leaving: bool) -> Announcement {
        Announcement { replica: self.id, leaving, time: self.lease.time() }
    }

    async fn answer(&self, question: Message) {
        let Some(to) = question.reply else { return };
        let answer = encode_announcement(self.announcement(false));
        if let Err(error) = self.connection.send(to.into_string(), answer, None).await {
            tracing::warn!(service = ?self.service, %error, "who asks for replicas is not answered");
        }
    }

    async fn announce_if_up(&self) {
        if self.connection.is_up()
            && let Err(error) = self.announce(false).await
        {
            tracing::warn!(service = ?self.service, %error, "a replica could not announce itself");
        }
    }

    async fn announce(&self, leaving: bool) -> Result<(), BusError> {
        let announcement = encode_announcement(self.announcement(leaving));
        self.connection.send(subjects::replicas(self.service), announcement, None).await
    }

    /// Lets everybody turn to the others, if there is a way to tell them, before it takes no more.
    async fn leave(mut self) {
        let told = async {
            // Fails only where the connection is gone for good, as what follows says.
            let _ = self.questions.unsubscribe().await;
            self.announce(true).await?;
            self.connection.barrier().await
        };
        match told.await {
            Ok(()) => tokio::time::sleep(HANDOVER).await,
            Err(error) => tracing::warn!(service = ?self.service, %error, "a replica leaves untold"),
        }
        drop(self.partitions);
    }
}
