//! What every [`CommandBus`] and [`EventBus`] keeps to.
//!
//! `command_bus_suite!(make)` and `event_bus_suite!(make)` make a test of each law, where `make` is
//! an expression whose value has `buses`, two ways to the same bus (as two processes have them),
//! keeps alive what these need, and for events has `overflow`: how many, published at once, are
//! surely too many for one subscriber.
//!
//! [`CommandBus`]: natter_domain::ports::CommandBus
//! [`EventBus`]: natter_domain::ports::EventBus

pub mod commands;
pub mod events;

use std::time::Duration;

/// What has not happened within this time never will.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for what must happen.
#[expect(clippy::expect_used, reason = "a suite of tests")]
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect(what)
}
