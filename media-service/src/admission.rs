//! How much may be uploaded: by one user a minute, by one user at once, by all at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use natter_domain::{Rejection, UserId};
use natter_runtime::config::value::Limit;

/// Most uploads under way: each holds up to two parts of what it sends to the store.
const AT_ONCE: usize = 128;
/// Most of them that are one user's, so that a few slow ones don't take all the room.
const AT_ONCE_PER_USER: usize = 8;
/// When one who has too many under way may come back: nobody knows when they end.
const BUSY_RETRY: Duration = Duration::from_secs(2);
/// Users that the limiter remembers before it forgets those who have been quiet.
const REMEMBERED: usize = 10_000;

/// Lets uploads in.
pub(crate) struct Admission {
    rate: Option<DefaultKeyedRateLimiter<UserId>>,
    under_way: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// Held during an upload.
#[derive(Debug)]
pub(crate) struct Admitted {
    user: UserId,
    under_way: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Admission {
    /// With no limit a minute there is none for one user at once either.
    pub(crate) fn new(uploads_per_minute: Limit) -> Self {
        Self {
            rate: uploads_per_minute.get().map(|count| RateLimiter::keyed(Quota::per_minute(count))),
            under_way: Arc::default(),
        }
    }

    /// Counts an upload that begins. Rejections: `RateLimited`; `Unavailable` where too many are
    /// under way.
    pub(crate) fn admit(&self, user: UserId) -> Result<Admitted, Rejection> {
        if let Some(rate) = &self.rate {
            if rate.len() > REMEMBERED {
                rate.retain_recent();
            }
            rate.check_key(&user).map_err(|until| Rejection::RateLimited {
                retry_after: until.wait_time_from(DefaultClock::default().now()),
            })?;
        }
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.values().sum::<usize>() >= AT_ONCE {
            return Err(Rejection::Unavailable);
        }
        let own = under_way.entry(user).or_default();
        if self.rate.is_some() && *own >= AT_ONCE_PER_USER {
            return Err(Rejection::RateLimited { retry_after: BUSY_RETRY });
        }
        *own += 1;
        Ok(Admitted { user, under_way: Arc::clone(&self.under_way) })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let left = under_way.get_mut(&self.user).map_or(0, |own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == 0 {
            under_way.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use natter_domain::ObjectId;

    use super::*;

    fn user(number: u8) -> UserId {
        UserId(ObjectId::from_bytes([number; 12]))
    }

    #[test]
    fn each_user_has_their_own_rate() {
        let admission = Admission::new(Limit::new(2));
        for _ in 0..2 {
            admission.admit(user(1)).unwrap();
        }
        let refused = admission.admit(user(1)).unwrap_err();
        let Rejection::RateLimited { retry_after } = refused else { panic!("{refused:?}") };
        assert!(retry_after > Duration::from_secs(20) && retry_after <= Duration::from_secs(30));
        admission.admit(user(2)).unwrap();
    }

    #[test]
    fn one_user_has_some_at_once() {
        let admission = Admission::new(Limit::new(1000));
        let mut held: Vec<_> = (0..AT_ONCE_PER_USER).map(|_| admission.admit(user(1)).unwrap()).collect();
        assert!(matches!(admission.admit(user(1)), Err(Rejection::RateLimited { .. })));
        held.pop();
        held.push(admission.admit(user(1)).unwrap());
        held.push(admission.admit(user(2)).unwrap());
        held.clear();
        assert!(admission.under_way.lock().unwrap().is_empty());
    }

    #[test]
    fn all_have_some_at_once() {
        let admission = Admission::new(Limit::NONE);
        let held: Vec<_> = (0..AT_ONCE).map(|_| admission.admit(user(1)).unwrap()).collect();
        assert_eq!(admission.admit(user(2)).unwrap_err(), Rejection::Unavailable);
        drop(held);
        admission.admit(user(2)).unwrap();
    }
}
