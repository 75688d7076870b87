//! A Redis that is gone, comes back empty, or does not answer.

use std::time::{Duration, Instant};

use natter_domain::ports::{Presence as _, PresenceError};
use natter_test_servers::{Server, free_port};

use super::{LEASE, ONE, OTHER, at, connect, connected, counts, online, report, start, sweep, users};
use crate::RedisPresence;

/// Each call takes about a second; the rest is for a machine with too much to do.
const BOUND: Duration = Duration::from_secs(4);

/// The error of each call, each within the bound.
async fn failures(presence: &RedisPresence) -> Vec<PresenceError> {
    let everybody = users(0..32);
    let mut failures = Vec::new();
    for call in 0..5 {
        let start = Instant::now();
        let result = match call {
            0 => presence.report(ONE, &counts(0..32, 1), LEASE, at(0)).await.map(|_| ()),
            1 => presence.withdraw(OTHER, at(0)).await,
            2 => presence.sweep(at(0), Duration::ZERO, 10).await.map(|_| ()),
            3 => presence.online(&everybody).await.map(|_| ()),
            _ => presence.connected(&everybody).await.map(|_| ()),
        };
        assert!(start.elapsed() < BOUND, "call {call} took {:?}", start.elapsed());
        failures.extend(result.err());
    }
    failures
}

/// Waits until Redis is reached again.
async fn reached(presence: &RedisPresence) {
    let start = Instant::now();
    while presence.online(&users([0])).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "no connection");
    }
}

#[tokio::test]
async fn comes_back_empty_and_is_rebuilt_by_a_report() {
    let (mut server, presence) = start();
    let replica = connect(&server);
    report(&presence, ONE, &counts(0..32, 1), at(0)).await;
    report(&replica, OTHER, &counts(30..40, 1), at(0)).await;
    server.kill();
    let failures = failures(&presence).await;
    assert_eq!(failures.len(), 5);
    assert!(failures.iter().all(|failure| std::error::Error::source(failure).is_some()));

    server.restart();
    reached(&presence).await;
    reached(&replica).await;
    assert_eq!(online(&presence, &users(0..40)).await, 0);
    assert!(report(&presence, ONE, &[], at(9)).await.lease_was_missing);
    assert_eq!(report(&presence, ONE, &counts(0..32, 1), at(9)).await.came_online, users(0..32));
    let other = report(&replica, OTHER, &counts(30..40, 1), at(9)).await;
    assert!(other.lease_was_missing);
    assert_eq!(other.came_online, users(32..40));
    assert_eq!(connected(&presence, &users(0..50)).await, users(0..40));
    assert_eq!(sweep(&replica, at(20), 50).await, []);
}

#[tokio::test]
async fn is_awaited_where_it_starts_later() {
    let mut server = Server::redis();
    server.kill();
    let presence = connect(&server);
    assert!(presence.online(&users([1])).await.is_err());
    server.restart();
    reached(&presence).await;
    assert!(report(&presence, ONE, &counts([1], 1), at(0)).await.lease_was_missing);
}

#[tokio::test]
async fn does_not_answer() {
    let (server, presence) = start();
    report(&presence, ONE, &counts(0..32, 1), at(0)).await;
    server.pause();
    assert_eq!(failures(&presence).await.len(), 5);
    server.resume();
    reached(&presence).await;
    assert_eq!(connected(&presence, &users(0..32)).await, users(0..32));
}

#[tokio::test]
async fn is_nowhere() {
    for url in ["", "nonsense", "http://127.0.0.1", "redis://", "redis://127.0.0.1:none"] {
        assert!(RedisPresence::connect(url).is_err(), "{url}");
    }
    // Without the means to encrypt, it does not connect without.
    let encrypted = RedisPresence::connect("rediss://127.0.0.1");
    assert_eq!(encrypted.is_ok(), cfg!(feature = "tls"));
    let presence = RedisPresence::connect(&format!("redis://127.0.0.1:{}", free_port())).expect("a URL");
    assert_eq!(failures(&presence).await.len(), 5);
}
