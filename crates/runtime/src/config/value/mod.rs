//! The types of single configuration values: how they are written, and how they are shown.
//!
//! They know nothing of keys, sections or sources. Their errors never repeat the value that was
//! given, since it may be a secret in the wrong place.

pub mod duration;
pub mod list;
pub mod optional;
pub mod size;

mod endpoint;
mod limit;
mod network;
mod secret;
mod storage;

pub use endpoint::Endpoint;
pub use limit::Limit;
pub use network::Network;
pub(crate) use secret::REDACTED;
pub use secret::Secret;
pub use storage::Storage;

#[cfg(test)]
mod tests;
