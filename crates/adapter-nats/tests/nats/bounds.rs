//! What is too much: bytes, commands at once, events.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{
    PATIENCE, Worker, ask, connect, connect_with, contacts, event, next, soon, topic, until, user,
};
use futures::StreamExt as _;
use natter_domain::UserRef;
use natter_domain::command::{GetMe, ListVisible};
use natter_domain::event::{Event, UserEvent};
use natter_domain::ports::{CommandBus as _, CommandError, EventBus as _, Published, Service};
use natter_test_servers::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_the_payload_limit_is_said_to_be() {
    let server = Server::nats();
    let bus = connect(server.port()).await;
    let _serving = bus.serve(Service::Message, Arc::<Worker>::default()).await.unwrap();

    let command = ListVisible { viewer: user(1), users: vec![user(2); 100_000] };
    let error = ask(&bus, command, PATIENCE).await.unwrap_err();
    assert_eq!(error.to_string(), "the bus failed: sending more than the broker's payload limit");

    let answered_at_length = ListVisible { viewer: user(1), users: vec![user(2)] };
    let error = ask(&bus, answered_at_length, PATIENCE).await.unwrap_err();
    assert_eq!(error.to_string(), "the bus failed: replying more than the broker's payload limit");

    let long = UserRef { username: "x".repeat(2_000_000), ..UserRef::default() };
    let event = Event::User(UserEvent::ContactOnline(Arc::new(long)));
    let error = bus.publish(topic(1), event).await.unwrap_err();
    assert_eq!(error.to_string(), "the bus failed: publishing more than the broker's payload limit");
    assert!(std::error::Error::source(&error).is_some());
    assert!(bus.connected());
    ask(&bus, contacts(1), PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_refuses_more_commands_than_it_may_carry_out() {
    let server = Server::nats();
    let bus = connect_with(server.port(), |options| options.commands_at_once = 2).await;
    let worker = Arc::<Worker>::default();
    let _serving = bus.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    let never = |n| ask(&bus, GetMe { user: user(n) }, Duration::from_secs(1));
    let (first, second, ()) = futures::join!(never(1), never(2), async {
        until("both are under way", async || worker.taken().len() == 2).await;
        let answer = ask(&bus, contacts(3), PATIENCE).await;
        assert!(matches!(answer, Err(CommandError::NoResponder)), "{answer:?}");
    });
    assert!(matches!((first, second), (Err(CommandError::TimedOut), Err(CommandError::TimedOut))));
    assert!(!worker.taken().contains_key(&user(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_panics_fails_its_command_alone() {
    let server = Server::nats();
    let bus = connect(server.port()).await;
    let _serving = bus.serve(Service::Message, Arc::<Worker>::default()).await.unwrap();
    let error = ask(&bus, ListVisible { viewer: user(1), users: Vec::new() }, PATIENCE).await.unwrap_err();
    assert_eq!(error.to_string(), "the bus failed: waiting for a worker that panicked");
    ask(&bus, contacts(1), PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_subscriptions_lose_nothing() {
    const EACH: u64 = 500;
    let server = Server::nats();
    let [here, there] = [connect(server.port()).await, connect(server.port()).await];
    let mut readers = Vec::new();
    for n in 0..100 {
        let mut events = here.subscribe(topic(n)).await.unwrap();
        readers.push(tokio::spawn(async move {
            for rev in 0..EACH {
                assert_eq!(next(&mut events).await, Published::Event(event(rev)), "of topic {n}");
            }
        }));
    }
    for rev in 0..EACH {
        for n in 0..100 {
            there.publish(topic(n), event(rev)).await.unwrap();
        }
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_end_with_the_bus() {
    let server = Server::nats();
    let bus = connect(server.port()).await;
    let mut events = bus.subscribe(topic(1)).await.unwrap();
    let waiting = tokio::spawn(async move { events.next().await });
    drop(bus);
    assert_eq!(soon("it ends", waiting).await.unwrap(), None);
}
