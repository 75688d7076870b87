//! Both buses.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use natter_domain::command::{Command, Reply};
use natter_domain::event::{Event, Topic};
use natter_domain::ports::{
    Address, BusError, CommandBus, CommandError, CommandHandler, EventBus, Service, Serving, Subscription,
};
use natter_proto::{encode_event, subjects};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::commands::{self, Replica, Roster, Worker};
use crate::connection::Connection;
use crate::error::failed;
use crate::events::Events;
use crate::link::{self, Link};
use crate::options::NatsOptions;
use crate::signals::Signals;
use crate::trace;

/// Both buses, over one connection to NATS.
///
/// It connects by itself, and again after each loss, for ever. Needs a tokio runtime. When it is
/// dropped its subscriptions end.
pub struct NatsBus {
    connection: Connection,
    signals: Arc<Signals>,
    message: Arc<Roster>,
    presence: Arc<Roster>,
    commands_at_once: usize,
    events_waiting: usize,
    /// What serves, and the commands under way.
    tasks: TaskTracker,
    _following: DropGuard,
}

impl NatsBus {
    /// Starts to connect, and does not wait for it: the server may come later.
    ///
    /// # Errors
    /// The URL is none of NATS.
    pub async fn connect(options: NatsOptions) -> Result<Self, BusError> {
        let changed = Arc::new(Notify::new());
        let (servers, client) = options.client()?;
        let notify = Arc::clone(&changed);
        let client = client
            .event_callback(move |_| {
                notify.notify_one();
                std::future::ready(())
            })
            .connect(servers)
            .await
            .map_err(|error| failed("connecting to NATS", error))?;
        let (sender, receiver) = watch::channel(Link::default());
        let connection = Connection::new(client, receiver);
        let signals = Arc::<Signals>::default();
        let stop = CancellationToken::new();
        let following = link::follow(connection.clone(), changed, sender, Arc::clone(&signals));
        tokio::spawn(stop.clone().run_until_cancelled_owned(following));
        let roster = |service| {
            let roster = Arc::new(Roster::new(connection.clone(), service));
            let (followed, stop) = (Arc::clone(&roster), stop.clone());
            tokio::spawn(async move { stop.run_until_cancelled(followed.follow()).await });
            roster
        };
        let (message, presence) = (roster(Service::Message), roster(Service::Presence));
        Ok(Self {
            connection,
            signals,
            message,
            presence,
            commands_at_once: options.commands_at_once,
            events_waiting: options.events_waiting.max(1),
            tasks: TaskTracker::new(),
            _following: stop.drop_guard(),
        })
    }

    /// Waits until it is connected, and says whether it is within this time.
    pub async fn wait_until_connected(&self, at_most: Duration) -> bool {
        timeout(at_most, self.connection.up()).await.is_ok()
    }

    /// Waits until all that has ended its part (see [`Serving`]) has handed its partitions over,
    /// and the commands it had taken are answered; says whether they are within this time. For the
    /// end of a process.
    pub async fn finish(&self, at_most: Duration) -> bool {
        self.tasks.close();
        let finished = async {
            self.tasks.wait().await;
            // The last replies are on their way only when the server has them.
            self.connection.barrier().await.is_ok()
        };
        timeout(at_most, finished).await.unwrap_or(false)
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.signals.close();
    }
}

#[async_trait]
impl CommandBus for NatsBus {
    /// Without a connection it waits for one within the deadline. A worker that is as busy as is
    /// allowed is no responder. A command or a reply over the broker's payload limit is an error of
    /// the bus.
    async fn request(
        &self,
        address: Address,
        command: Command,
        deadline: Duration,
    ) -> Result<Reply, CommandError> {
        let roster = match address.service {
            Service::Message => &self.message,
            Service::Presence => &self.presence,
        };
        commands::request(&self.connection, roster, address, &command, deadline).await
    }

    /// An error where there is no connection within 5 s.
    async fn serve(&self, service: Service, handler: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        let worker =
            Worker::new(self.connection.clone(), service, handler, self.commands_at_once, self.tasks.clone());
        let replica = Replica::start(self.connection.clone(), service, worker).await?;
        let stop = CancellationToken::new();
        self.tasks.spawn(replica.run(stop.clone()));
        Ok(Serving(Box::new(stop.drop_guard())))
    }
}

#[async_trait]
impl EventBus for NatsBus {
    /// An error where there is no connection, or the event is over the broker's payload limit.
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError> {
        self.connection.send(subjects::topic(topic), encode_event(&event), trace::inject()).await
    }

    /// An error where the server does not answer within 5 s.
    async fn flush(&self) -> Result<(), BusError> {
        self.connection.barrier().await
    }

    /// An error where there is no connection within 5 s.
    async fn subscribe(&self, topic: Topic) -> Result<Subscription, BusError> {
        let listener = self.signals.add();
        let subscriber = self.connection.subscribe(subjects::topic(topic)).await?;
        self.connection.barrier().await?;
        Ok(Box::pin(Events::new(subscriber, self.events_waiting, listener)))
    }

    fn connected(&self) -> bool {
        self.connection.is_up()
    }
}
