//! The gateway: holds sockets, and nothing else that matters.
//!
//! It authenticates, turns a dialect's events into commands, sends those over the bus, and turns
//! events that come over the bus into the dialect's. Losing one loses no data.

mod dialect;
pub mod socket;
