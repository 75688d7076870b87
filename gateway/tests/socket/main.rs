//! The socket module against real connections: a raw WebSocket client and plain HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod closing;
mod fanout;
mod hostile;
mod http;
mod order;
mod payloads;
mod polling;
mod probe;
mod raw;
mod slow;

use std::time::Duration;

/// How long anything in these tests may take.
const BOUND: Duration = Duration::from_secs(20);

/// Waits until a condition holds.
async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(BOUND, waiting).await.is_ok(), "not within {BOUND:?}: {what}");
}
