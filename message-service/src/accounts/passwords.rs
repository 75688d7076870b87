//! Passwords: argon2id, as PHC strings, off the async threads and bounded in number.
//!
//! Users who were brought along from another server have the bcrypt hash that it made. It is
//! checked as it is, and replaced when its password is known: at the first login.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use natter_domain::Rejection;
use natter_runtime::{BlockingError, BlockingPool};

use crate::error::ServiceError;

/// KiB for each hash (19 MiB), passes, lanes: OWASP's choice for argon2id.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What is checked where there is no password, so that it takes as long: a hash with the same
/// parameters, of a random text that was thrown away.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cTHyCm8WwPvrMzUFKep7Rg$y588JeLy7A318wto04kseWh5ZpVxHRfOvGpkJp+fNT4";
/// When it makes sense to come again if too many passwords are waiting.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What came of checking a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// It is another one.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, kept in an old way: this hash is to take its place.
    RightAndOld {
        /// A PHC string.
        hashed_anew: String,
    },
}

/// Hashes and checks passwords.
pub(super) struct Passwords {
    pub(super) pool: BlockingPool,
    /// The longest that checking a bcrypt hash has taken, in microseconds.
    longest: Arc<AtomicU64>,
}

impl Passwords {
    pub(super) fn new(at_once: NonZeroU16, waiting: u16) -> Self {
        Self { pool: BlockingPool::new(at_once, waiting), longest: Arc::default() }
    }

    /// A PHC string with a salt of its own. Rejections: `RateLimited` where too many wait.
    pub(super) async fn hash(&self, password: String) -> Result<String, ServiceError> {
        let hashed = self.pool.run(move || hash(&password)).await.map_err(refused)?;
        hashed.map_err(|error| ServiceError::Internal(format!("a password can't be hashed: {error}")))
    }

    /// Whether it is the password; nobody's, for `None`, in the same time. Rejections:
    /// `RateLimited` where too many wait.
    pub(super) async fn check(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<Checked, ServiceError> {
        let begun = Instant::now();
        let longest = self.longest.clone();
        let checked = self.pool.run(move || match hash {
            Some(hash) if is_bcrypt(&hash) => check_old(&password, &hash, &longest),
            hash => verify(&password, hash.as_deref().unwrap_or(NOBODYS))
                .map(|right| if right && hash.is_some() { Checked::Right } else { Checked::Wrong })
                .map_err(|error| error.to_string()),
        });
        let checked = checked.await.map_err(refused)?;
        let checked = checked
            .map_err(|error| ServiceError::Internal(format!("a password can't be checked: {error}")))?;
        if checked == Checked::Wrong {
            // A bcrypt hash takes longer or shorter than ours: as long for all, it tells nothing.
            let longest = Duration::from_micros(self.longest.load(Ordering::Relaxed));
            tokio::time::sleep_until((begun + longest).into()).await;
        }
        Ok(checked)
    }
}

fn refused(error: BlockingError) -> ServiceError {
    match error {
        BlockingError::Overfull => Rejection::RateLimited { retry_after: RETRY_AFTER }.into(),
        BlockingError::BrokenOff => ServiceError::Internal("password hashing broke off".to_owned()),
    }
}

fn hash(password: &str) -> password_hash::Result<String> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(password_hash::Error::from)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon2.hash_password(password.as_bytes())?.to_string())
}

/// `$2a$`, `$2b$` and `$2y$` differ in old faults of programs, and in nothing that matters here.
fn is_bcrypt(hash: &str) -> bool {
    hash.starts_with("$2")
}

/// Checks a bcrypt hash, and hashes the password anew where it is right. Like the servers that
/// made such hashes, it looks at the first 72 bytes of a password.
fn check_old(password: &str, old: &str, longest: &AtomicU64) -> Result<Checked, String> {
    let begun = Instant::now();
    let right = bcrypt::verify(password, old).map_err(|error| error.to_string())?;
    longest.fetch_max(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    if !right {
        return Ok(Checked::Wrong);
    }
    let hashed_anew = hash(password).map_err(|error| error.to_string())?;
    Ok(Checked::RightAndOld { hashed_anew })
}

/// With the parameters that the hash was made with.
fn verify(password: &str, hash: &str) -> password_hash::Result<bool> {
    let hash = PasswordHash::new(hash).map_err(password_hash::Error::from)?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_with_the_chosen_parameters_and_a_salt_each() {
        let (one, other) = (hash("correct horse").unwrap(), hash("correct horse").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert!(verify("correct horse", &one).unwrap());
        assert!(!verify("Correct horse", &one).unwrap());
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_any() {
        assert!(NOBODYS.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!verify("", NOBODYS).unwrap());
        assert_eq!(hash("").unwrap().len(), NOBODYS.len());
    }

    #[tokio::test]
    async fn bcrypt_hashes_are_checked_and_made_anew() {
        let old = bcrypt::hash("correct horse", 4).unwrap();
        let passwords = Passwords::new(NonZeroU16::MIN, 8);
        for old in [old.clone(), old.replacen("$2b$", "$2a$", 1), old.replacen("$2b$", "$2y$", 1)] {
            let wrong = passwords.check("correct horse ".to_owned(), Some(old.clone())).await.unwrap();
            assert_eq!(wrong, Checked::Wrong);
            match passwords.check("correct horse".to_owned(), Some(old)).await.unwrap() {
                Checked::RightAndOld { hashed_anew } => {
                    assert!(verify("correct horse", &hashed_anew).unwrap())
                }
                other => panic!("{other:?}"),
            }
        }
        // A faulty hash is our own fault, and not the user's.
        assert!(passwords.check("correct horse".to_owned(), Some("$2b$04$short".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn wrong_takes_as_long_for_everybody_once_bcrypt_has_been_seen() {
        let passwords = Passwords::new(NonZeroU16::MIN, 8);
        let old = bcrypt::hash("correct horse", 12).unwrap();
        let begun = Instant::now();
        passwords.check("wrong".to_owned(), Some(old)).await.unwrap();
        let with_bcrypt = Duration::from_micros(passwords.longest.load(Ordering::Relaxed));
        assert!(with_bcrypt <= begun.elapsed());
        let begun = Instant::now();
        passwords.check("wrong".to_owned(), None).await.unwrap();
        assert!(begun.elapsed() >= with_bcrypt);
    }

    #[tokio::test]
    async fn refuses_what_can_not_wait() {
        let passwords = Passwords::new(NonZeroU16::MIN, 1);
        let attempts = (0..8).map(|_| passwords.check("password".to_owned(), None));
        let results = futures::future::join_all(attempts).await;
        let limited = |result: &Result<Checked, _>| {
            matches!(result, Err(ServiceError::Rejected(Rejection::RateLimited { .. })))
        };
        assert_eq!(results.iter().filter(|result| limited(result)).count(), 6);
        assert_eq!(results.iter().filter(|result| matches!(result, Ok(Checked::Wrong))).count(), 2);
    }
}
