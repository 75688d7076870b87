//! The side that answers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_nats::{HeaderMap, Message, Subject};
use bytes::Bytes;
use futures::FutureExt as _;
use metrics::counter;
use natter_domain::ports::{BusError, CommandHandler, Service};
use natter_domain::rejection::Rejection;
use natter_proto::{decode_command, encode_reply};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::lease::Lease;
use super::refusal::Refusal;
use crate::connection::{Connection, PATIENCE};
use crate::trace;

/// Has commands carried out, so many at once.
pub(crate) struct Worker {
    connection: Connection,
    service: Service,
    handler: Arc<dyn CommandHandler>,
    lease: Lease,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Worker {
    pub(crate) fn new(
        connection: Connection,
        service: Service,
        handler: Arc<dyn CommandHandler>,
        at_once: usize,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { connection, service, handler, lease: Lease::new(), room, tasks })
    }

    /// Where its tasks are counted.
    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Its clock.
    pub(super) fn lease(&self) -> Lease {
        self.lease
    }

    /// Begins with a command, or refuses it.
    pub(super) async fn take(self: &Arc<Self>, message: Message) {
        // One that asks for no reply fills a place: see `partition`.
        let Some(reply_to) = message.reply.clone() else { return };
        if !self.lease.holds(message.headers.as_ref()) {
            return self.refuse_to_begin(reply_to, Refusal::Late).await;
        }
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            return self.refuse_to_begin(reply_to, Refusal::Busy).await;
        };
        let worker = Arc::clone(self);
        self.tasks.spawn(async move {
            match worker.carry_out(&message).await {
                Ok(reply) => worker.reply(reply_to, reply).await,
                Err(refusal) => worker.refuse(reply_to, refusal).await,
            }
            drop(place);
        });
    }

    async fn carry_out(&self, message: &Message) -> Result<Bytes, Refusal> {
        let command = match decode_command(&message.payload) {
            Ok(command) => command,
            Err(error) => {
                tracing::error!(%error, "a command can't be read");
                return Ok(encode_reply(&Err(Rejection::Internal)));
            }
        };
        let span = tracing::info_span!("carry_out", command = command.name());
        trace::extract(message.headers.as_ref(), &span);
        let handled = AssertUnwindSafe(self.handler.handle(command).instrument(span));
        let answer = handled.catch_unwind().await.map_err(|_| Refusal::Panicked)?;
        Ok(encode_reply(&answer))
    }

    async fn reply(&self, to: Subject, reply: Bytes) {
        let limit = self.connection.client.max_payload();
        if reply.len() > limit {
            tracing::error!(bytes = reply.len(), limit, "a reply is over the broker's payload limit");
            return self.refuse(to, Refusal::TooLarge).await;
        }
        self.send(to, reply, None).await;
    }

    async fn refuse_to_begin(&self, to: Subject, refusal: Refusal) {
        counter!("natter_nats_commands_refused_total", "service" => label(self.service)).increment(1);
        self.refuse(to, refusal).await;
    }

    async fn refuse(&self, to: Subject, refusal: Refusal) {
        self.send(to, Bytes::new(), Some(refusal.headers())).await;
    }

    /// Whoever asked may still wait when a lost connection comes back.
    async fn send(&self, to: Subject, payload: Bytes, headers: Option<HeaderMap>) {
        let up = timeout(PATIENCE, self.connection.up());
        if up.await.is_err() {
            return tracing::warn!("no connection: a reply is lost");
        }
        if let Err(error) = self.connection.send(to.into_string(), payload, headers).await {
            let BusError { what, source } = &error;
            tracing::warn!(what, ?source, "a reply is lost");
        }
    }
}

/// A service, as a label of metrics.
pub(super) const fn label(service: Service) -> &'static str {
    match service {
        Service::Message => "message",
        Service::Presence => "presence",
    }
}
