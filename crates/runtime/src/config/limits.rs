//! Limits on what one client may do. 0 is none.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::value::Limit;

/// How many times its rate per second a socket may send at once.
const EVENTS_BURST: u32 = 5;

/// Limits on what one client may do. 0 is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Registrations from one address.
    pub registrations_per_minute: Limit,
    /// Attempts to log in from one address.
    pub logins_per_minute: Limit,
    /// Sockets of one user at a time.
    pub connections_per_user: Limit,
    /// Sockets from one address at a time.
    pub connections_per_address: Limit,
    /// Events from one socket; for bursts see [`LimitsConfig::events_burst`].
    pub events_per_second: Limit,
    /// Messages of one user; and, counted apart, entries of the user's own history.
    pub messages_per_minute: Limit,
    /// Uploads of one user.
    pub uploads_per_minute: Limit,
    /// Relayed events from one socket.
    pub relays_per_second: Limit,
}

impl LimitsConfig {
    /// How many events a socket may send at once before `events_per_second` holds it back.
    pub fn events_burst(&self) -> Option<NonZeroU32> {
        let burst = NonZeroU32::MIN.saturating_add(EVENTS_BURST - 1);
        self.events_per_second.get().map(|rate| rate.saturating_mul(burst))
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            registrations_per_minute: Limit::new(20),
            logins_per_minute: Limit::new(20),
            connections_per_user: Limit::new(20),
            connections_per_address: Limit::NONE,
            events_per_second: Limit::new(50),
            messages_per_minute: Limit::new(120),
            uploads_per_minute: Limit::new(20),
            relays_per_second: Limit::new(120),
        }
    }
}
