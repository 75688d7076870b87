//! Who is online, in Redis: shared by every replica of the presence service.
//!
//! The only place that knows Redis and its client. Knows no rules, no time but what it is told, and
//! of users and gateways only their ids. `docs/redis.md` names the keys.

mod connection;
mod presence;
mod scripts;
mod shard;
#[cfg(test)]
mod tests;

pub use connection::ConnectError;
pub use presence::RedisPresence;
