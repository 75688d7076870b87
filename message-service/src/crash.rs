//! Points on a message's way at which tests have the process die.
//!
//! They do something only where the feature `crash-points` is on, which is for test builds: without
//! it [`CrashPoint::reach`] is empty.

#[cfg(any(test, feature = "crash-points"))]
mod armed;

#[cfg(any(test, feature = "crash-points"))]
pub use armed::{CRASH_AT_ENV, UnknownCrashPoint, arm};

/// A point on the way of a message, or of another change of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CrashPoint {
    /// The changes have their places, and go to the store next. Reached once a commit.
    BeforeWrite,
    /// A change is durable, and nobody was told. Reached once a change.
    AfterWrite,
    /// A change is published, and whoever asked for it has no reply. Reached once a change.
    AfterPublish,
}

impl CrashPoint {
    /// Dies here, if this is where and when.
    #[cfg(any(test, feature = "crash-points"))]
    pub(crate) async fn reach(self) {
        armed::reach(self).await;
    }

    /// Goes on.
    #[cfg(not(any(test, feature = "crash-points")))]
    pub(crate) async fn reach(self) {}
}
