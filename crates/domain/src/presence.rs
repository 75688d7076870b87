//! Who is online.

use crate::id::UserId;
use crate::time::Timestamp;

/// A user's presence as one viewer may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserPresence {
    /// Who.
    pub user: UserId,
    /// Whether any socket of theirs is connected.
    pub online: bool,
    /// When they were last online; hidden across a block.
    pub last_seen: Option<Timestamp>,
}

/// How many sockets of a user a gateway holds. Absolute, so that saying it twice does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketCount {
    /// Whose.
    pub user: UserId,
    /// How many; zero takes the gateway out of the user's presence.
    pub sockets: u32,
}

/// A user came online, or went offline: their last socket has gone, and they have not come back
/// within the grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Who.
    pub user: UserId,
    /// Whether they are online by it.
    pub online: bool,
    /// When they came, or when their last socket went.
    pub at: Timestamp,
}
