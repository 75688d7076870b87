//! A replica's part in its service: which partitions it takes commands of.
//!
//! Ownership is soft. A replica subscribes to what it comes to own before it announces that, and
//! gives up what it no longer owns after it has heard the new owner: so there are two owners for a
//! moment, of whom the queue group gives each command to one, rather than none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use futures::StreamExt as _;
use metrics::gauge;
use natter_domain::ports::{Address, BusError, PARTITIONS, Service};
use natter_proto::{Announcement, decode_announcement, encode_announcement, subjects};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::owners::{ANNOUNCE, Replicas};
use super::partition::Partition;
use super::worker::{Worker, label};
use crate::connection::Connection;

/// How often a replica looks who is silent, and tries again what failed.
const LOOK: Duration = Duration::from_millis(250);
/// How long a replica that leaves still takes commands, so that the others can take over first.
const HANDOVER: Duration = Duration::from_millis(250);

/// One replica of a service.
pub(crate) struct Replica {
    connection: Connection,
    service: Service,
    worker: Arc<Worker>,
    replicas: Replicas,
    /// The partitions it takes commands of, each until its guard is dropped.
    taken: HashMap<u16, DropGuard>,
    /// Whether it may take others than it should.
    unsettled: bool,
}

impl Replica {
    /// Takes all partitions, and announces itself: others then say which are theirs. Also gives
    /// what they say.
    pub(crate) async fn start(
        connection: Connection,
        service: Service,
        worker: Arc<Worker>,
    ) -> Result<(Self, Subscriber), BusError> {
        let announcements = connection.subscribe(subjects::replicas(service), None).await?;
        let replicas = Replicas::new(rand::random());
        let taken = HashMap::new();
        let mut replica = Self { connection, service, worker, replicas, taken, unsettled: true };
        replica.settle().await?;
        replica.announce(false).await?;
        Ok((replica, announcements))
    }

    /// Takes part until it is stopped, then hands its partitions over. Ends when all it took has
    /// begun.
    pub(crate) async fn run(mut self, mut announcements: Subscriber, stop: CancellationToken) {
        let mut announce = interval(ANNOUNCE);
        let mut look = interval(LOOK);
        for interval in [&mut announce, &mut look] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut link = self.connection.link();
        loop {
            tokio::select! {
                // In this order: after a pause, others are heard before they are missed.
                biased;
                () = stop.cancelled() => break,
                Some(message) = announcements.next() => self.hear(&message.payload).await,
                Ok(()) = link.changed() => self.replicas.excuse(Instant::now()),
                _ = announce.tick() => self.announce_if_up().await,
                _ = look.tick() => self.look().await,
            }
        }
        self.leave().await;
    }

    async fn hear(&mut self, payload: &[u8]) {
        let announcement = match decode_announcement(payload) {
            Ok(announcement) => announcement,
            Err(error) => return tracing::warn!(%error, "an announcement can't be read"),
        };
        let Announcement { replica, leaving } = announcement;
        if replica == self.replicas.own() {
            return;
        }
        if leaving {
            self.unsettled |= self.replicas.left(replica);
        } else if self.replicas.heard(replica, Instant::now()) {
            self.unsettled = true;
            // A new one learns at once who else is there.
            self.announce_if_up().await;
        }
        self.settle_if_up().await;
    }

    async fn look(&mut self) {
        // Without a connection nobody can be heard.
        if !self.connection.is_up() {
            return self.replicas.excuse(Instant::now());
        }
        self.unsettled |= self.replicas.forget_silent(Instant::now());
        self.settle_if_up().await;
    }

    async fn settle_if_up(&mut self) {
        if self.unsettled
            && self.connection.is_up()
            && let Err(error) = self.settle().await
        {
            tracing::warn!(service = ?self.service, %error, "not all own partitions are taken yet");
        }
    }

    /// Takes what it owns, then gives up what it does not.
    async fn settle(&mut self) -> Result<(), BusError> {
        let (own, others): (Vec<u16>, Vec<u16>) =
            (0..PARTITIONS).partition(|partition| self.replicas.owns(*partition));
        for partition in own {
            if !self.taken.contains_key(&partition) {
                let guard = self.take(partition).await?;
                self.taken.insert(partition, guard);
            }
        }
        self.connection.barrier().await?;
        for partition in others {
            self.taken.remove(&partition);
        }
        self.unsettled = false;
        let service = label(self.service);
        gauge!("natter_nats_replicas", "service" => service).set(self.replicas.len() as f64);
        gauge!("natter_nats_partitions", "service" => service).set(self.taken.len() as f64);
        tracing::debug!(service, replicas = self.replicas.len(), partitions = self.taken.len(), "settled");
        Ok(())
    }

    /// Takes a partition's commands, until the answer is dropped.
    async fn take(&self, partition: u16) -> Result<DropGuard, BusError> {
        let address = Address { service: self.service, partition };
        let worker = Arc::clone(&self.worker);
        let partition = Partition::subscribe(self.connection.clone(), worker, address).await?;
        let stop = CancellationToken::new();
        self.worker.tasks().spawn(partition.take_until(stop.clone()));
        Ok(stop.drop_guard())
    }

    async fn announce_if_up(&self) {
        if self.connection.is_up()
            && let Err(error) = self.announce(false).await
        {
            tracing::warn!(service = ?self.service, %error, "a replica could not announce itself");
        }
    }

    async fn announce(&self, leaving: bool) -> Result<(), BusError> {
        let announcement = Announcement { replica: self.replicas.own(), leaving };
        let subject = subjects::replicas(self.service);
        self.connection.send(subject, encode_announcement(announcement), None).await
    }

    /// Lets the others take over, if there is a way to tell them, before it gives up its own.
    async fn leave(self) {
        let told = async {
            self.announce(true).await?;
            self.connection.barrier().await
        };
        match told.await {
            Ok(()) if self.replicas.len() > 1 => tokio::time::sleep(HANDOVER).await,
            Ok(()) => {}
            Err(error) => tracing::warn!(service = ?self.service, %error, "a replica leaves untold"),
        }
        gauge!("natter_nats_partitions", "service" => label(self.service)).set(0.0);
    }
}
