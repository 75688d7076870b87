//! What every Natter process needs around its services: configuration, telemetry, health,
//! shutdown, bounds on background work, and sending commands.
//!
//! Knows nothing of chat: no adapter, no rule, and of the domain only the buses and the codes of
//! failures.

pub mod api;
pub mod commands;
pub mod config;
pub mod events;
pub mod health;
pub mod metrics;
pub mod secret_file;
pub mod shutdown;
pub mod telemetry;

mod backoff;
mod blocking;
mod tasks;

pub use backoff::Backoff;
pub use blocking::{BlockingError, BlockingPool};
pub use tasks::{NoRoom, Tasks};

#[cfg(test)]
mod tests;
