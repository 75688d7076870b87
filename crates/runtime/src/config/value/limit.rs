//! Limits, where 0 means none.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

/// A limit that may be switched off by `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limit(u32);

impl Limit {
    /// No limit.
    pub const NONE: Self = Self(0);

    /// A limit of `count`, or none for 0.
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    /// The limit, or `None` where there is none.
    pub const fn get(self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.0)
    }

    /// Whether a count may still be added to.
    pub fn allows_more_than(self, count: usize) -> bool {
        self.get().is_none_or(|limit| usize::try_from(limit.get()).is_ok_and(|limit| count < limit))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
