//! What the contract suites can't see from outside.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use natter_domain::command::{Command, GetMe, ListContacts, Reply, Request as _};
use natter_domain::event::{ConversationEvent, Event, Topic};
use natter_domain::message::Head;
use natter_domain::ports::{
    CommandBus as _, CommandError, CommandHandler, EventBus as _, Published, Service,
};
use natter_domain::{ConversationId, Rejection, UserId};
use tokio::sync::Semaphore;

use super::EmbeddedBus;

const MINUTE: Duration = Duration::from_secs(60);

/// Answers as far as it is let; panics at what it does not know.
struct Gated(Semaphore);

#[async_trait]
impl CommandHandler for Gated {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        match command {
            Command::GetMe(_) => {
                self.0.acquire().await.unwrap().forget();
                Err(Rejection::UserNotFound)
            }
            _ => panic!("not known here"),
        }
    }
}

#[tokio::test]
async fn a_worker_that_is_too_busy_is_none() {
    let bus = EmbeddedBus::bounded(1, 1);
    let worker = Arc::new(Gated(Semaphore::new(0)));
    let _serving = bus.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    let command = GetMe { user: UserId::NONE };
    let request = || bus.request(command.address(), command.clone().into(), MINUTE);

    let mut first = request();
    assert!(futures::poll!(&mut first).is_pending());
    assert!(matches!(request().await, Err(CommandError::NoResponder)));
    worker.0.add_permits(2);
    assert!(matches!(first.await, Err(CommandError::Rejected(Rejection::UserNotFound))));
    assert!(matches!(request().await, Err(CommandError::Rejected(Rejection::UserNotFound))));
}

#[tokio::test]
async fn a_worker_that_panics_fails_its_command_alone() {
    let bus = EmbeddedBus::bounded(1, 1);
    let worker = Arc::new(Gated(Semaphore::new(1)));
    let _serving = bus.serve(Service::Message, worker).await.unwrap();
    let panics = ListContacts { user: UserId::NONE, after: None };
    let answer = bus.request(panics.address(), panics.into(), MINUTE).await;
    assert!(matches!(answer, Err(CommandError::Bus(_))));
    let command = GetMe { user: UserId::NONE };
    let answer = bus.request(command.address(), command.into(), MINUTE).await;
    assert!(matches!(answer, Err(CommandError::Rejected(Rejection::UserNotFound))));
}

fn head(rev: u64) -> Event {
    Event::Conversation(ConversationEvent::Head(Head { rev, seq: 0 }))
}

#[tokio::test]
async fn topics_that_nobody_hears_take_no_space() {
    let bus = EmbeddedBus::new();
    let topic = |n| Topic::Conversation(ConversationId::from_bytes([n; 12]));
    bus.publish(topic(1), head(1)).await.unwrap();
    assert_eq!(bus.topics.len(), 0);
    let first = bus.subscribe(topic(1)).await.unwrap();
    let second = bus.subscribe(topic(1)).await.unwrap();
    drop(first);
    assert_eq!(bus.topics.len(), 1);
    drop(second);
    assert_eq!(bus.topics.len(), 0);
}

#[tokio::test]
async fn subscriptions_end_with_the_bus_after_what_was_published() {
    let bus = EmbeddedBus::new();
    let mut events = bus.subscribe(Topic::Directory).await.unwrap();
    bus.publish(Topic::Directory, head(1)).await.unwrap();
    drop(bus);
    assert_eq!(events.next().await, Some(Published::Event(head(1))));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn a_full_subscription_has_exactly_one_gap() {
    let bus = EmbeddedBus::bounded(1, 10);
    let mut events = bus.subscribe(Topic::Directory).await.unwrap();
    for rev in 0..100 {
        bus.publish(Topic::Directory, head(rev)).await.unwrap();
    }
    for rev in 0..10 {
        assert_eq!(events.next().await, Some(Published::Event(head(rev))));
    }
    assert_eq!(events.next().await, Some(Published::Gap));
    bus.publish(Topic::Directory, head(100)).await.unwrap();
    assert_eq!(events.next().await, Some(Published::Event(head(100))));
}
