//! How often a login may be tried, an account.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use natter_domain::{Rejection, Timestamp};
use sha2::{Digest, Sha256};

/// The time in which the configured number of attempts may be made.
const WINDOW: Duration = Duration::from_secs(60);
/// Accounts that are remembered at once. Every one has just cost a hashed password, so that this
/// many in one window do not come.
const CAPACITY: usize = 50_000;

/// What attempts are counted for: a digest, so that a long identifier takes no more memory.
pub(super) type Account = [u8; 32];

/// Names an account, or what somebody took for one: unknown names are counted just so, or else the
/// limit would tell them from known ones.
pub(super) fn account(name: &[u8]) -> Account {
    Sha256::digest(name).into()
}

/// Counts attempts by the generic cell rate algorithm: of each account only the time is kept at
/// which all of its attempts will be forgotten.
pub(super) struct Attempts {
    /// How long one attempt is remembered; `None` without a limit.
    interval: Option<Duration>,
    forgotten_at: Mutex<HashMap<Account, Timestamp>>,
}

impl Attempts {
    pub(super) fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self { interval: per_minute.map(|times| WINDOW / times.get()), forgotten_at: Mutex::default() }
    }

    /// Counts an attempt before it is known how it ends, so that many at once are no way around the
    /// limit. Rejections: `RateLimited`.
    pub(super) fn begin(&self, account: Account, now: Timestamp) -> Result<(), Rejection> {
        let Some(interval) = self.interval else { return Ok(()) };
        let mut accounts = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= CAPACITY {
            accounts.retain(|_, forgotten_at| *forgotten_at > now);
        }
        let forgotten_at = accounts.get(&account).map_or(now, |at| (*at).max(now)).after(interval);
        let over = forgotten_at.since(now).saturating_sub(WINDOW);
        if !over.is_zero() || accounts.len() >= CAPACITY {
            return Err(Rejection::RateLimited { retry_after: over.max(Duration::from_secs(1)) });
        }
        accounts.insert(account, forgotten_at);
        Ok(())
    }

    /// Takes one attempt back: it could not be told how it would have ended.
    pub(super) fn take_back(&self, account: Account) {
        let mut accounts = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(at), Some(interval)) = (accounts.get_mut(&account), self.interval) {
            *at = Timestamp::from_millis(at.millis().saturating_sub(interval.as_millis() as i64));
        }
    }

    /// Forgets an account's attempts: one was right.
    pub(super) fn forget(&self, account: &Account) {
        self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    #[test]
    fn allows_the_number_a_minute_and_one_more_as_each_is_forgotten() {
        let attempts = Attempts::new(NonZeroU32::new(10));
        let ann = account(b"ann");
        for _ in 0..10 {
            assert_eq!(attempts.begin(ann, at(0)), Ok(()));
        }
        let refused = attempts.begin(ann, at(0));
        assert_eq!(refused, Err(Rejection::RateLimited { retry_after: Duration::from_secs(6) }));
        assert_eq!(attempts.begin(account(b"bob"), at(0)), Ok(()));
        assert_eq!(attempts.begin(ann, at(6)), Ok(()));
        assert!(attempts.begin(ann, at(7)).is_err());
        attempts.forget(&ann);
        assert_eq!(attempts.begin(ann, at(7)), Ok(()));
    }

    #[test]
    fn without_a_limit_allows_any_number() {
        let attempts = Attempts::new(None);
        assert!((0..1000).all(|_| attempts.begin(account(b"ann"), at(0)).is_ok()));
    }

    #[test]
    fn remembers_a_bounded_number_of_accounts() {
        let attempts = Attempts::new(NonZeroU32::new(10));
        for number in 0..CAPACITY {
            assert_eq!(attempts.begin(account(&number.to_be_bytes()), at(0)), Ok(()));
        }
        assert!(attempts.begin(account(b"ann"), at(1)).is_err());
        assert_eq!(attempts.begin(account(b"ann"), at(6)), Ok(()));
        assert_eq!(attempts.forgotten_at.lock().unwrap().len(), 1);
    }
}
