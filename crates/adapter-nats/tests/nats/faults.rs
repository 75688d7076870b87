//! The server killed, and links to it cut.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, Worker, ask, connect, contacts, event, next, topic, until, user};
use natter_adapter_nats::{NatsBus, NatsOptions};
use natter_domain::command::GetMe;
use natter_domain::ports::{CommandBus as _, CommandError, EventBus as _, Published, Service};
use natter_test_servers::{Proxy, Server, free_port};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_finds_everything_as_it_was() {
    let mut server = Server::nats();
    let [here, there] = [connect(server.port()).await, connect(server.port()).await];
    let mut events = here.subscribe(topic(1)).await.unwrap();
    let _serving = there.serve(Service::Message, Arc::<Worker>::default()).await.unwrap();
    ask(&here, contacts(1), PATIENCE).await.unwrap();

    server.kill();
    until("the loss is seen", async || !here.connected() && !there.connected()).await;
    assert!(here.publish(topic(1), event(1)).await.is_err());
    let answer = ask(&here, contacts(2), Duration::from_millis(100)).await;
    assert!(matches!(answer, Err(CommandError::TimedOut)), "{answer:?}");

    tokio::task::block_in_place(|| server.restart());
    assert_eq!(next(&mut events).await, Published::Gap);
    until("requests are answered", async || ask(&here, contacts(3), PATIENCE).await.is_ok()).await;
    for rev in 2..100 {
        there.publish(topic(1), event(rev)).await.unwrap();
        assert_eq!(next(&mut events).await, Published::Event(event(rev)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_link_is_found_out_and_replaced() {
    let server = Server::nats();
    let proxy = Proxy::to(server.port());
    let [here, there] = [connect(proxy.port()).await, connect(server.port()).await];
    let mut events = here.subscribe(topic(1)).await.unwrap();
    let mut others = there.subscribe(topic(1)).await.unwrap();
    let _serving = there.serve(Service::Message, Arc::<Worker>::default()).await.unwrap();

    proxy.cut();
    let start = Instant::now();
    until("the silence is noticed", async || !here.connected()).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    there.publish(topic(1), event(1)).await.unwrap();
    // One that is asked meanwhile is answered when the link is back: it is asked first here.
    let (answer, ()) = futures::join!(ask(&here, contacts(1), PATIENCE), async { proxy.restore() });
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(next(&mut events).await, Published::Gap);
    there.publish(topic(1), event(2)).await.unwrap();
    assert_eq!(next(&mut events).await, Published::Event(event(2)));
    // Whose link was whole is told of nothing.
    for rev in 1..=2 {
        assert_eq!(next(&mut others).await, Published::Event(event(rev)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_what_is_under_way_when_the_link_breaks_hears_in_time() {
    let server = Server::nats();
    let proxy = Proxy::to(server.port());
    let [here, there] = [connect(proxy.port()).await, connect(server.port()).await];
    let worker = Arc::<Worker>::default();
    let _serving = there.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    let never = GetMe { user: user(1) };
    let (answer, ()) = futures::join!(ask(&here, never, PATIENCE), async {
        until("the command is taken", async || !worker.taken().is_empty()).await;
        proxy.reset();
    });
    assert!(matches!(answer, Err(CommandError::Lost)), "{answer:?}");
    ask(&here, contacts(1), PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_may_come_later() {
    let port = free_port();
    let bus = NatsBus::connect(NatsOptions::new(format!("nats://127.0.0.1:{port}"), "test")).await.unwrap();
    assert!(!bus.connected());
    assert!(!bus.wait_until_connected(Duration::from_millis(100)).await);
    assert!(bus.publish(topic(1), event(1)).await.is_err());
    let answer = ask(&bus, contacts(1), Duration::from_millis(100)).await;
    assert!(matches!(answer, Err(CommandError::TimedOut)));
    let failed = bus.subscribe(topic(1)).await.err().unwrap();
    assert_eq!(failed.to_string(), "the bus failed: waiting for the server");
}
