//! What is sent over the connection, each within a time of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::client::traits::Publisher as _;
use async_nats::message::OutboundMessage;
use async_nats::{Client, HeaderMap, PublishError, PublishErrorKind, RequestErrorKind, Subscriber};
use bytes::Bytes;
use natter_domain::ports::BusError;
use natter_proto::subjects;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use crate::error::{failed, failure};
use crate::link::Link;

/// How long the server may take to answer, a lost connection to come back, and what goes out to be
/// handed to the client.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The connection to NATS. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    link: watch::Receiver<Link>,
    barriers: Arc<Barriers>,
}

/// Waits for the server, numbered as they begin.
#[derive(Default)]
struct Barriers {
    begun: AtomicU64,
    /// Up to which they are done; held by who asks the server.
    done: Mutex<u64>,
}

impl Connection {
    pub(crate) fn new(client: Client, link: watch::Receiver<Link>) -> Self {
        Self { client, link, barriers: Arc::default() }
    }

    /// Whether there is one now.
    pub(crate) fn is_up(&self) -> bool {
        Link::of(&self.client).up
    }

    /// Waits until there is one, however long.
    pub(crate) async fn up(&self) {
        let mut link = self.link.clone();
        while !self.is_up() {
            if link.changed().await.is_err() {
                // Nobody follows the connection any more: there will be none.
                std::future::pending::<()>().await;
            }
        }
    }

    /// What there is now.
    pub(crate) fn now(&self) -> Link {
        Link::of(&self.client)
    }

    /// Waits until there is another connection than then, however long.
    pub(crate) async fn up_again(&self, then: Link) {
        let mut link = self.link.clone();
        if link.wait_for(|now| now.up && now.connects > then.connects).await.is_err() {
            // Nobody follows the connection any more: there will be none.
            std::future::pending::<()>().await;
        }
    }

    /// How many connections there have been, as seen when this one changed last.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// Hands a message to the client, which sends it soon. Without a connection it would be kept
    /// and sent when it is old: that is an error.
    pub(crate) async fn send(
        &self,
        subject: String,
        payload: Bytes,
        headers: Option<HeaderMap>,
    ) -> Result<(), BusError> {
        const WHAT: &str = "publishing";
        if !self.is_up() {
            return Err(failure("publishing without a connection"));
        }
        let message = OutboundMessage { subject: subject.into(), reply: None, payload, headers };
        match timeout(PATIENCE, self.client.publish_message(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if is_too_large(&error) => {
                Err(failed("publishing more than the broker's payload limit", error))
            }
            Ok(Err(error)) => Err(failed(WHAT, error)),
            Err(late) => Err(failed(WHAT, late)),
        }
    }

    /// Subscribes. The server learns of it later: see [`Connection::barrier`].
    pub(crate) async fn subscribe(&self, subject: String) -> Result<Subscriber, BusError> {
        const WHAT: &str = "subscribing";
        let subscribed = timeout(PATIENCE, self.client.subscribe(subject)).await;
        subscribed.map_err(|late| failed(WHAT, late))?.map_err(|error| failed(WHAT, error))
    }

    /// Waits until the server has carried out all that was sent before. (A flush only says that it
    /// was written.) Those who come while one asks the server wait for it, and the next one asks for
    /// all of them.
    pub(crate) async fn barrier(&self) -> Result<(), BusError> {
        const WHAT: &str = "waiting for the server";
        let Barriers { begun, done } = &*self.barriers;
        let number = begun.fetch_add(1, Ordering::AcqRel) + 1;
        let answered = async {
            let mut done = done.lock().await;
            if *done >= number {
                return Ok(());
            }
            self.up().await;
            let all = begun.load(Ordering::Acquire);
            match self.client.request(subjects::NOBODY, Bytes::new()).await {
                Err(error) if error.kind() != RequestErrorKind::NoResponders => Err(failed(WHAT, error)),
                _ => {
                    *done = all;
                    Ok(())
                }
            }
        };
        timeout(PATIENCE, answered).await.unwrap_or_else(|late| Err(failed(WHAT, late)))
    }
}

/// Whether the message is over the broker's payload limit.
pub(crate) fn is_too_large(error: &PublishError) -> bool {
    error.kind() == PublishErrorKind::MaxPayloadExceeded
}
