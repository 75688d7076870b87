//! Following which replicas of a service there are.

use std::time::Duration;

use async_nats::RequestErrorKind;
use bytes::Bytes;
use futures::StreamExt as _;
use metrics::gauge;
use natter_domain::ports::{BusError, CommandError, Service};
use natter_proto::{decode_announcement, subjects};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::owners::{Owner, Replicas};
use super::worker::label;
use crate::connection::Connection;
use crate::error::failed;

/// How often it looks who is silent.
const LOOK: Duration = Duration::from_millis(250);
/// How long a replica that is there may take to say so.
const ANSWER: Duration = Duration::from_millis(500);

/// The replicas of one service, as this process knows them.
pub(crate) struct Roster {
    connection: Connection,
    service: Service,
    replicas: watch::Sender<Replicas>,
}

impl Roster {
    pub(crate) fn new(connection: Connection, service: Service) -> Self {
        Self { connection, service, replicas: watch::Sender::default() }
    }

    /// Follows their announcements, for ever.
    pub(crate) async fn follow(&self) {
        loop {
            if let Err(error) = self.listen().await {
                tracing::warn!(service = ?self.service, %error, "replicas can't be heard");
            }
        }
    }

    async fn listen(&self) -> Result<(), BusError> {
        let mut announcements = self.connection.subscribe(subjects::replicas(self.service)).await?;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut link = self.connection.link();
        loop {
            tokio::select! {
                // In this order: after a pause, replicas are heard before they are missed.
                biased;
                Some(message) = announcements.next() => self.hear(&message.payload),
                Ok(()) = link.changed() => self.excuse(),
                _ = look.tick() => match self.connection.is_up() {
                    true => self.change(|replicas| replicas.forget_silent(Instant::now())),
                    // Without a connection nobody can be heard.
                    false => self.excuse(),
                },
            }
        }
    }

    /// Who owns the partition; where nobody is known to be there, they are asked for.
    ///
    /// # Errors
    /// Nobody is there, or none can be asked for.
    pub(super) async fn owner(&self, partition: u16) -> Result<Owner, CommandError> {
        if let Some(owner) = self.known_owner(partition) {
            return Ok(owner);
        }
        let asked = self.connection.client.request(subjects::who(self.service), Bytes::new());
        match timeout(ANSWER, asked).await {
            // Others that are there are heard soon.
            Ok(Ok(message)) => self.hear(&message.payload),
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => {}
            Ok(Err(error)) => return Err(failed("asking for replicas", error).into()),
            Err(_silent) => {}
        }
        self.known_owner(partition).ok_or(CommandError::NoResponder)
    }

    fn known_owner(&self, partition: u16) -> Option<Owner> {
        self.replicas.borrow().owner(partition)
    }

    /// A replica is not there any more.
    pub(super) fn gone(&self, replica: u128) {
        self.change(|replicas| replicas.gone(replica));
    }

    /// Waits until it is known that a replica will not answer what it was given.
    pub(super) async fn until_gone(&self, replica: u128) {
        let mut replicas = self.replicas.subscribe();
        // Fails only where the roster is gone, which is borrowed here.
        let _ = replicas.wait_for(|replicas| !replicas.knows(replica)).await;
    }

    fn hear(&self, payload: &[u8]) {
        match decode_announcement(payload) {
            Ok(announcement) => self.change(|replicas| replicas.heard(announcement, Instant::now())),
            Err(error) => tracing::warn!(%error, "an announcement can't be read"),
        }
    }

    fn excuse(&self) {
        self.change(|replicas| {
            replicas.excuse(Instant::now());
            false
        });
    }

    /// `change` says whether there is anything to tell of.
    fn change(&self, change: impl FnOnce(&mut Replicas) -> bool) {
        let service = label(self.service);
        self.replicas.send_if_modified(|replicas| {
            let changed = change(replicas);
            if changed {
                gauge!("natter_nats_replicas", "service" => service).set(replicas.len() as f64);
                tracing::debug!(service, replicas = replicas.len(), "replicas have changed");
            }
            changed
        });
    }
}
