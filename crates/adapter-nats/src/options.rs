//! How to reach NATS, and the bounds of a bus.

use std::time::Duration;

use async_nats::{ConnectOptions, ServerAddr};
use natter_domain::ports::BusError;
use percent_encoding::percent_decode_str;

use crate::error::failed;

/// Silence of the server after which it is asked whether it is there; it is given up after three
/// of these.
const PING_INTERVAL: Duration = Duration::from_secs(1);
/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Pauses between attempts to connect grow from the first to the last, halved at random.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How to reach NATS, and the bounds of a bus.
#[derive(Clone)]
pub struct NatsOptions {
    /// Such as `nats://user:password@host:4222`, or `tls://`; several of one cluster with commas.
    /// A user without a password is a token.
    pub url: String,
    /// What the connection is called in the server's listings.
    pub name: String,
    /// Commands that a replica carries out at once; it refuses more, so that they are sent again.
    pub commands_at_once: usize,
    /// Events that wait for one subscriber; past those it is told of a gap.
    pub events_waiting: usize,
}

impl NatsOptions {
    /// With the usual bounds.
    pub fn new(url: impl Into<String>, name: impl Into<String>) -> Self {
        Self { url: url.into(), name: name.into(), commands_at_once: 4_096, events_waiting: 1_024 }
    }

    /// The servers, and how to connect to them.
    pub(crate) fn client(&self) -> Result<(Vec<ServerAddr>, ConnectOptions), BusError> {
        let servers: Vec<ServerAddr> = (self.url.split(','))
            .map(|url| url.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|cause| failed("reading the URL of NATS", cause))?;
        let options = ConnectOptions::new()
            .name(&self.name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(pause)
            .connection_timeout(CONNECT_TIMEOUT)
            .ping_interval(PING_INTERVAL)
            .subscription_capacity(self.events_waiting.max(1));
        Ok((servers.clone(), authenticated(options, &servers)))
    }
}

/// With the credentials of the first URL that has some.
fn authenticated(options: ConnectOptions, servers: &[ServerAddr]) -> ConnectOptions {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let Some((server, user)) = servers.iter().find_map(|server| Some((server, server.username()?))) else {
        return options;
    };
    match server.password() {
        Some(password) => options.user_and_password(decoded(user), decoded(password)),
        None => options.token(decoded(user)),
    }
}

/// The pause before the `attempt`th attempt to connect since the last that succeeded.
fn pause(attempt: usize) -> Duration {
    let Some(doublings) = attempt.checked_sub(2) else { return Duration::ZERO };
    let bound = FIRST_PAUSE.saturating_mul(1 << doublings.min(16)).min(LONGEST_PAUSE);
    bound.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        assert_eq!(pause(1), Duration::ZERO);
        assert!((FIRST_PAUSE / 2..=FIRST_PAUSE).contains(&pause(2)));
        for attempt in [20, 1_000, usize::MAX] {
            assert!((LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(&pause(attempt)));
        }
        assert!((0..20).any(|_| pause(20) != pause(20)));
    }

    #[test]
    fn several_servers_may_be_named() {
        let servers = |url: &str| NatsOptions::new(url, "test").client().map(|(servers, _)| servers.len());
        assert_eq!(servers("nats://a:1").unwrap(), 1);
        assert_eq!(servers("nats://u:p%40ss@a:1, tls://b:2").unwrap(), 2);
        assert!(servers("http://a").is_err());
    }
}
