//! The time, so that tests can turn it.

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now. May step back, as wall clocks do.
    fn now(&self) -> Timestamp;
}
