//! Passwords: argon2id, as PHC strings, off the async threads and bounded in number.

use std::num::NonZeroU16;
use std::time::Duration;

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

/// Hashes and checks passwords.
pub(super) struct Passwords {
    pub(super) pool: BlockingPool,
}

impl Passwords {
    pub(super) fn new(at_once: NonZeroU16, waiting: u16) -> Self {
        Self { pool: BlockingPool::new(at_once, waiting) }
    }

    /// A PHC string with a salt of its own. Rejections: `RateLimited` where too many wait.
    pub(super) async fn hash(&self, password: String) -> Result<String, ServiceError> {
        let hashed = self.pool.run(move || hash(&password)).await.map_err(refused)?;
        hashed.map_err(|error| ServiceError::Internal(format!("a password can't be hashed: {error}")))
    }

    /// Whether it is the password; nobody's, for `None`, in the same time. Rejections:
    /// `RateLimited` where too many wait.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ServiceError> {
        let verified = self.pool.run(move || {
            let right = verify(&password, hash.as_deref().unwrap_or(NOBODYS));
            right.map(|right| right && hash.is_some())
        });
        let verified = verified.await.map_err(refused)?;
        verified.map_err(|error| ServiceError::Internal(format!("a password can't be checked: {error}")))
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
    async fn refuses_what_can_not_wait() {
        let passwords = Passwords::new(NonZeroU16::MIN, 1);
        let attempts = (0..8).map(|_| passwords.verify("password".to_owned(), None));
        let results = futures::future::join_all(attempts).await;
        let limited = |result: &Result<bool, _>| {
            matches!(result, Err(ServiceError::Rejected(Rejection::RateLimited { .. })))
        };
        assert_eq!(results.iter().filter(|result| limited(result)).count(), 6);
        assert_eq!(results.iter().filter(|result| matches!(result, Ok(false))).count(), 2);
    }
}
