//! The buses, over core NATS.
//!
//! Owns the connection, which replica takes which commands, and what a subscriber is told when
//! something was lost. Knows no rule; subjects and bytes are `natter-proto`'s.

mod bus;
mod commands;
mod connection;
mod error;
mod events;
mod link;
mod options;
mod signals;
mod trace;

pub use bus::NatsBus;
pub use options::NatsOptions;
