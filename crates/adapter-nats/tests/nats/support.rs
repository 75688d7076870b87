//! Buses over a real server, and a worker.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use natter_adapter_nats::{NatsBus, NatsOptions};
use natter_domain::command::{Command, Contacts, GetMe, ListContacts, ListVisible, Reply, Request};
use natter_domain::event::{ConversationEvent, Event, Topic};
use natter_domain::message::Head;
use natter_domain::ports::{CommandBus as _, CommandError, CommandHandler, Published, Subscription};
use natter_domain::{ConversationId, Rejection, UserId};
use tokio::time::timeout;

/// What has not happened within this time never will.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for what must happen.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect(what)
}

/// Looks until it holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    soon(what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

pub(crate) async fn connect(port: u16) -> NatsBus {
    connect_with(port, |_| {}).await
}

pub(crate) async fn connect_with(port: u16, change: impl FnOnce(&mut NatsOptions)) -> NatsBus {
    let mut options = NatsOptions::new(format!("nats://127.0.0.1:{port}"), "test");
    change(&mut options);
    let bus = NatsBus::connect(options).await.unwrap();
    assert!(bus.wait_until_connected(PATIENCE).await);
    bus
}

pub(crate) fn user(n: u64) -> UserId {
    let [a, b, c, d, e, f, g, h] = n.to_be_bytes();
    UserId::from_bytes([1, 1, 1, 1, a, b, c, d, e, f, g, h])
}

pub(crate) fn topic(n: u8) -> Topic {
    Topic::Conversation(ConversationId::from_bytes([n; 12]))
}

pub(crate) fn event(rev: u64) -> Event {
    Event::Conversation(ConversationEvent::Head(Head { rev, seq: 0 }))
}

pub(crate) async fn next(events: &mut Subscription) -> Published {
    soon("an event arrives", events.next()).await.expect("the subscription goes on")
}

/// Counts the commands it is given, for each user.
///
/// `ListContacts` is answered, `GetMe` never is, `ListVisible` panics where there is nobody to see,
/// and is answered at length where there is.
#[derive(Default)]
pub(crate) struct Worker(Mutex<HashMap<UserId, u32>>);

impl Worker {
    pub(crate) fn taken(&self) -> HashMap<UserId, u32> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl CommandHandler for Worker {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        match command {
            Command::ListContacts(ListContacts { user, .. }) => {
                *self.0.lock().unwrap().entry(user).or_default() += 1;
                Ok(Reply::Contacts(Contacts::default()))
            }
            Command::GetMe(GetMe { user }) => {
                *self.0.lock().unwrap().entry(user).or_default() += 1;
                std::future::pending().await
            }
            Command::ListVisible(ListVisible { users, .. }) => {
                assert!(!users.is_empty(), "nobody to see");
                let long = Contacts { users: vec![UserId::NONE; 100_000], more: false };
                Ok(Reply::Contacts(long))
            }
            other => panic!("no such command in these tests: {}", other.name()),
        }
    }
}

pub(crate) async fn ask(
    bus: &NatsBus,
    request: impl Request,
    deadline: Duration,
) -> Result<Reply, CommandError> {
    let address = request.address();
    bus.request(address, request.into(), deadline).await
}

pub(crate) fn contacts(n: u64) -> ListContacts {
    ListContacts { user: user(n), after: None }
}
