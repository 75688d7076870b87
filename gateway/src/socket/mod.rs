//! Sockets: everything about Socket.IO and the connections beneath it.
//!
//! Owns the wire (Socket.IO v5 over Engine.IO v4, polling and WebSocket), the listener with its
//! timeouts, the origins that may connect, and one ordered task a socket. The rest of the gateway
//! implements [`Sessions`] and sees a [`Socket`] with an id, `send` and `close`.
//! Knows nothing of users, tokens, dialects, rooms or the bus.
//!
//! # Why the parts of socketioxide, and not its top layer
//!
//! The transports are `engineioxide` and the packets `socketioxide-parser-common`, the two crates on
//! which `socketioxide` itself stands. Its top layer (namespaces, handlers, rooms, extractors) is left
//! out, since it can't do four things that are needed here (read in 0.18.9):
//!
//! - `disconnect` fails on a socket whose buffer is full, and nothing else public closes one: the
//!   client that has to go is the only one that can't be closed.
//! - It has no way to send bytes that are encoded already: `emit` serialises for each socket, and the
//!   broadcast that doesn't won't say whose buffer was full.
//! - An event whose name needs a JSON escape closes the connection instead of reaching the fallback.
//! - An event that comes while the middleware is still authenticating closes the connection too.
//!
//! # What a frame costs
//!
//! A [`Frame`] is encoded once. Sending it counts a reference and takes a place in the socket's
//! buffer; the transport's writer then copies it once into its own message (`engineioxide` prepends a
//! byte to it). So a frame to n sockets is one serialisation and n copies of its bytes.
//!
//! # What an idle socket costs
//!
//! 18 KB of memory for a WebSocket (4,000 of them, optimised build, resident set), 23 KB after it has
//! sent a few messages of 4 KB. Two things keep it there: the engine gets requests of which only
//! copies of a few short strings are left (a kept header pins the connection's read buffer), and no
//! queue holds memory before something waits in it.
//!
//! # Limits of the engine
//!
//! A client whose upgrade to WebSocket gets stuck half way loses its session after
//! [`upgrade_timeout`](SocketConfig::upgrade_timeout), and hears nothing but `noop` until then.
//!
//! # Order
//!
//! The engine hands over a connection's packets one after another, on the task that reads it. They go
//! on the socket's bounded inbox from the CONNECT packet on, and one task a socket takes from there,
//! after [`Sessions::open`]: nothing is lost or overtaken. What others send to a socket that is still
//! opening is held, and goes out after the CONNECT answer and the greeting.

mod config;
mod connection;
mod event;
mod frame;
mod handle;
mod handshake;
mod inbox;
mod listener;
mod metrics;
mod origin;
mod routes;
mod server;
mod sessions;
mod stall;

pub use config::{ListenConfig, SocketConfig};
pub use event::{Ack, IncomingEvent, Payload};
pub use frame::Frame;
pub use handle::{SendError, Socket, SocketId};
pub use handshake::{Handshake, Transport};
pub use listener::{bind, serve};
pub use origin::OriginPolicy;
pub use routes::router;
pub use sessions::{CloseReason, Opened, Refusal, Sessions};
