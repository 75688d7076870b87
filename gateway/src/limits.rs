//! How often one client may do what costs something.
//!
//! Owns the rates; what is limited is for the callers to know. Each check counts at once and never
//! waits. Registrations and logins are counted by address, messages by user, over sockets and HTTP
//! together, entries of a user's own history beside them; events by socket.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use natter_domain::{Rejection, UserId};
use natter_runtime::config::{Limit, LimitsConfig};

/// Checks between two looks at how many keys are remembered.
const CHECKS_PER_LOOK: usize = 1024;
/// Keys that are remembered without a thought.
const FEW: usize = 10_000;

/// The limits of one process.
pub(crate) struct Limits {
    registrations: Keyed<IpAddr>,
    logins: Keyed<IpAddr>,
    messages: Keyed<UserId>,
    activities: Keyed<UserId>,
    events: Option<Pace>,
    relays: Option<Pace>,
}

impl Limits {
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let rate = config.events_per_second.get();
        Self {
            registrations: Keyed::per_minute(config.registrations_per_minute),
            logins: Keyed::per_minute(config.logins_per_minute),
            messages: Keyed::per_minute(config.messages_per_minute),
            activities: Keyed::per_minute(config.messages_per_minute),
            relays: config.relays_per_second.get().map(|rate| Pace::new(rate.get(), rate.get())),
            events: rate.zip(config.events_burst()).map(|(rate, burst)| Pace::new(rate.get(), burst.get())),
        }
    }

    /// Counts a registration. Rejections: `RateLimited`.
    pub(crate) fn registration(&self, address: IpAddr) -> Result<(), Rejection> {
        self.registrations.check(&network(address))
    }

    /// Counts an attempt to log in. Rejections: `RateLimited`.
    pub(crate) fn login(&self, address: IpAddr) -> Result<(), Rejection> {
        self.logins.check(&network(address))
    }

    /// Counts a message. Rejections: `RateLimited`.
    pub(crate) fn message(&self, user: UserId) -> Result<(), Rejection> {
        self.messages.check(&user)
    }

    /// Counts an entry of the user's own history: as many as messages, and not as one of them.
    /// Rejections: `RateLimited`.
    pub(crate) fn activity(&self, user: UserId) -> Result<(), Rejection> {
        self.activities.check(&user)
    }

    /// The limiter of one new socket.
    pub(crate) fn events(&self) -> EventLimiter {
        EventLimiter { pace: self.events, paid_until: None }
    }

    /// The limiter of one new socket's relayed events, which don't count as other events.
    pub(crate) fn relays(&self) -> EventLimiter {
        EventLimiter { pace: self.relays, paid_until: None }
    }
}

/// Who has a whole IPv6 network to choose from (a /64, as each customer has) is one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

/// A rate for each key. Remembers those that have been seen within a minute: what is older makes no
/// difference and is dropped whenever the number of keys has doubled.
struct Keyed<K: Hash + Eq + Clone> {
    rates: Option<DefaultKeyedRateLimiter<K>>,
    checks: AtomicUsize,
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn per_minute(limit: Limit) -> Self {
        let rates = limit.get().map(|count| RateLimiter::keyed(Quota::per_minute(count)));
        Self { rates, checks: AtomicUsize::new(0), sweep_at: AtomicUsize::new(FEW) }
    }

    fn check(&self, key: &K) -> Result<(), Rejection> {
        let Some(rates) = &self.rates else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_LOOK == CHECKS_PER_LOOK - 1 {
            self.sweep(rates);
        }
        rates.check_key(key).map_err(|until| Rejection::RateLimited {
            retry_after: until.wait_time_from(DefaultClock::default().now()),
        })
    }

    fn sweep(&self, rates: &DefaultKeyedRateLimiter<K>) {
        if rates.len() < self.sweep_at.load(Ordering::Relaxed) {
            return;
        }
        rates.retain_recent();
        rates.shrink_to_fit();
        self.sweep_at.store(rates.len().saturating_mul(2).max(FEW), Ordering::Relaxed);
    }
}

/// So many a second, and so many at once.
#[derive(Clone, Copy)]
struct Pace {
    interval: Duration,
    /// How far ahead of the pace one may be.
    ahead: Duration,
}

impl Pace {
    fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, ahead: interval * burst.saturating_sub(1) }
    }
}

/// Limits the events of one socket, which has one task: so this needs no lock, no atomics and no
/// clock of its own, and a hundred thousand of them cost little.
pub(crate) struct EventLimiter {
    pace: Option<Pace>,
    /// The time that is used up by the events so far; the past for a socket that kept to its pace.
    paid_until: Option<Instant>,
}

impl EventLimiter {
    /// Counts an event. Rejections: `RateLimited`.
    pub(crate) fn check(&mut self) -> Result<(), Rejection> {
        self.check_at(Instant::now()).map_err(|retry_after| Rejection::RateLimited { retry_after })
    }

    fn check_at(&mut self, now: Instant) -> Result<(), Duration> {
        let Some(pace) = self.pace else { return Ok(()) };
        let paid_until = self.paid_until.map_or(now, |until| until.max(now));
        let ahead = paid_until.duration_since(now);
        if ahead > pace.ahead {
            return Err(ahead - pace.ahead);
        }
        self.paid_until = Some(paid_until + pace.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use natter_domain::ObjectId;

    use super::*;

    fn limits(change: impl Fn(&mut LimitsConfig)) -> Limits {
        let mut config = LimitsConfig::default();
        change(&mut config);
        Limits::new(&config)
    }

    fn user(number: u32) -> UserId {
        let [a, b, c, d] = number.to_be_bytes();
        UserId(ObjectId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]))
    }

    #[test]
    fn each_key_has_its_own_rate_and_is_told_when_to_come_back() {
        let limits = limits(|config| config.messages_per_minute = Limit::new(2));
        for _ in 0..2 {
            limits.message(user(1)).unwrap();
        }
        let Err(Rejection::RateLimited { retry_after }) = limits.message(user(1)) else { panic!() };
        assert!(retry_after > Duration::from_secs(20) && retry_after <= Duration::from_secs(30));
        limits.message(user(2)).unwrap();
    }

    #[test]
    fn no_limit_is_none() {
        let limits = limits(|config| {
            config.logins_per_minute = Limit::NONE;
            config.events_per_second = Limit::NONE;
        });
        let mut events = limits.events();
        for _ in 0..1000 {
            limits.login([127, 0, 0, 1].into()).unwrap();
            events.check().unwrap();
        }
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let limits = limits(|config| config.registrations_per_minute = Limit::new(1));
        limits.registration("2001:db8::1".parse().unwrap()).unwrap();
        limits.registration("2001:db8::ffff".parse().unwrap()).unwrap_err();
        limits.registration("2001:db8:0:1::1".parse().unwrap()).unwrap();
        limits.registration("203.0.113.7".parse().unwrap()).unwrap();
        limits.registration("::ffff:203.0.113.7".parse().unwrap()).unwrap_err();
        limits.registration("203.0.113.8".parse().unwrap()).unwrap();
    }

    #[test]
    fn who_has_been_quiet_is_forgotten() {
        // The fastest rate there is: within microseconds a key is as good as new.
        let keyed = Keyed {
            rates: Some(RateLimiter::keyed(Quota::per_second(u32::MAX.try_into().unwrap()))),
            ..Keyed::per_minute(Limit::NONE)
        };
        for number in 0..100_000 {
            keyed.check(&user(number)).unwrap();
        }
        let remembered = keyed.rates.as_ref().unwrap().len();
        assert!(remembered <= FEW + 2 * CHECKS_PER_LOOK, "{remembered}");
    }

    #[test]
    fn events_come_in_bursts_and_then_at_their_pace() {
        let mut events = EventLimiter { pace: Some(Pace::new(50, 250)), paid_until: None };
        let start = Instant::now();
        for _ in 0..250 {
            events.check_at(start).unwrap();
        }
        assert_eq!(events.check_at(start), Err(Duration::from_millis(20)));
        let later = start + Duration::from_secs(1);
        for _ in 0..50 {
            events.check_at(later).unwrap();
        }
        assert_eq!(events.check_at(later), Err(Duration::from_millis(20)));
        let rested = start + Duration::from_secs(60);
        assert_eq!((0..1000).filter(|_| events.check_at(rested).is_ok()).count(), 250);
    }

    #[test]
    fn a_sockets_limiter_is_small() {
        assert!(size_of::<EventLimiter>() <= 48, "{}", size_of::<EventLimiter>());
    }
}
