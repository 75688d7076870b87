//! Until when a replica may begin with a command that it was sent.
//!
//! Who sends it says when it has last heard the replica, by the replica's own clock. Past
//! [`SILENCE`] from then the sender holds the replica to be gone, and has turned to another: so a
//! replica that was paused, and finds old commands when it goes on, does not begin with them. No
//! clocks are compared.

use std::time::Duration;

use async_nats::{HeaderMap, HeaderName};
use tokio::time::Instant;

use super::owners::SILENCE;

const HEADER: HeaderName = HeaderName::from_static("Natter-Heard");

/// A replica's own clock.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    start: Instant,
}

impl Lease {
    /// It starts now.
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }

    /// Milliseconds since the start.
    pub(super) fn time(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a command with these headers may be begun with now.
    pub(super) fn holds(self, headers: Option<&HeaderMap>) -> bool {
        holds_at(self.start.elapsed(), headers)
    }
}

fn holds_at(time: Duration, headers: Option<&HeaderMap>) -> bool {
    let heard = headers.and_then(|headers| headers.get(HEADER)?.as_str().parse().ok());
    heard.is_some_and(|heard| time <= Duration::from_millis(heard).saturating_add(SILENCE))
}

/// Says when the replica was last heard.
pub(super) fn say(headers: &mut HeaderMap, heard: u64) {
    headers.insert(HEADER, heard.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_begun_with_while_its_sender_waits() {
        let now = Duration::from_secs(60);
        let mut headers = HeaderMap::new();
        assert!(!holds_at(now, None) && !holds_at(now, Some(&headers)));
        say(&mut headers, 60_000);
        assert!(holds_at(now, Some(&headers)) && holds_at(now + SILENCE, Some(&headers)));
        assert!(!holds_at(now + SILENCE + Duration::from_millis(1), Some(&headers)));
        for (heard, holds) in [(u64::MAX, true), (0, false)] {
            say(&mut headers, heard);
            assert_eq!(holds_at(now, Some(&headers)), holds);
        }
    }
}
