//! Fan-out: what comes over the bus to the sockets that are to hear it.
//!
//! [`Rooms`] follow conversations that local sockets have joined; [`Feeds`] follow the users of
//! local sockets, with their direct conversations where those need no join. Each event is encoded
//! once a dialect. Knows no commands of clients.

mod directs;
mod encoded;
mod feed;
mod follower;
mod missed;
mod relay;
mod repair;
mod room;
mod rooms;
mod sequence;
mod turns;

pub(crate) use feed::{Feeds, MostSockets};
pub(crate) use room::Place;
pub(crate) use rooms::Rooms;
