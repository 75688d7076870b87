//! What a lossy bus does to clients: nothing that they notice. Real gateways with the real services
//! on the embedded adapters, and real WebSockets; only what a gateway hears of the bus is tampered
//! with.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod bus;
mod catch_up;
mod client;
mod crowd;
mod directs;
mod gateways;
mod membership;
mod outage;
mod presence;
mod random;
mod rooms;
mod sessions;
mod slow;
mod turns;
mod typing;
mod world;

use std::time::Duration;

/// How long anything in these tests may take.
const BOUND: Duration = Duration::from_secs(20);
/// Within this the loss of an event is noticed, whatever it was.
const REPAIRED: Duration = Duration::from_secs(5);

/// Waits until a condition holds.
async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(BOUND, waiting).await.is_ok(), "not within {BOUND:?}: {what}");
}

/// Repeats an event until this client may no longer send it.
async fn until_refused(client: &mut client::Client, event: &str, payload: &serde_json::Value) {
    let refusing = async {
        while client.call(event, payload.clone()).await["error"] != "Not authorized" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(BOUND, refusing).await.is_ok(), "{event} is still allowed");
}
