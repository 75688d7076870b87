//! How accounts are kept.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

/// How accounts are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// How long a refresh token is good for.
    pub refresh_token_ttl: Duration,
    /// For how long the second use of a refresh token gets the first one's answer.
    pub refresh_grace: Duration,
    /// How many passwords are hashed at once; each takes 19 MiB and a thread.
    pub hashes_at_once: NonZeroU16,
    /// How many passwords may wait for that before attempts are refused.
    pub hashes_waiting: u16,
    /// How many times a minute a password may be wrong for one account; `None` for any number.
    pub attempts_per_minute: Option<NonZeroU32>,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            refresh_token_ttl: Duration::from_secs(30 * 24 * 60 * 60),
            refresh_grace: Duration::from_secs(10),
            hashes_at_once: NonZeroU16::MIN.saturating_add(1),
            hashes_waiting: 64,
            attempts_per_minute: Some(NonZeroU32::MIN.saturating_add(9)),
        }
    }
}
