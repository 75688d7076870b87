//! Fan-out: what comes over the bus to the sockets that are to hear it.
//!
//! [`Rooms`] follow conversations that local sockets have joined; [`Feeds`] follow the users of
//! local sockets. Each event is encoded once a dialect. Knows no commands of clients.

mod encoded;
mod feed;
mod follower;
mod missed;
mod room;
mod rooms;

pub(crate) use feed::{Feeds, MostSockets};
pub(crate) use rooms::Rooms;
