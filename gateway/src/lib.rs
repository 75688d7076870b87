//! The gateway: holds sockets, and nothing else that matters.
//!
//! It authenticates, turns a dialect's events into commands, sends those over the bus, and turns
//! events that come over the bus into the dialect's. Losing one loses no data.

mod address;
mod asyncapi;
mod connection;
mod dialect;
mod directory;
mod fanout;
mod gateway;
pub mod http;
mod limits;
mod presence;
mod pulse;
mod relay;
#[cfg(test)]
mod samples;
mod serving;
mod session;
pub mod socket;

pub use dialect::{dialect_names, event_names};
pub use gateway::{Gateway, Ports};
pub use http::{Alongside, DemoSession, DemoUsers};
pub use serving::{listen, serve, surrounded};
