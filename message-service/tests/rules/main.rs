//! The rules of messages, through commands: on the embedded store, with faults where a test wants
//! them, and everything that is published looked at.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod activity;
mod changes;
mod delivery;
mod drain;
mod faults;
mod groups;
mod order;
mod precedence;
mod reading;
mod repeats;
mod sizes;
mod store;
mod sync;
mod world;

use std::time::Duration;

/// Longer than anything here takes, on any machine.
const BOUND: Duration = Duration::from_secs(20);
