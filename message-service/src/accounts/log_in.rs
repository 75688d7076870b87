//! See [`natter_domain::command::Command::LogIn`].

use natter_domain::Rejection;
use natter_domain::command::LogIn;
use natter_domain::session::SignedIn;

use super::{Accounts, attempts, fields};
use crate::error::ServiceError;

impl Accounts {
    /// Nothing in the answer, nor the time it takes, tells whether there is such a user.
    pub(crate) async fn log_in(&self, command: LogIn) -> Result<SignedIn, ServiceError> {
        let identifier = command.identifier.trim().to_lowercase();
        let found = self.stores.users.by_identifier(&identifier).await?;
        // By user where there is one: name and address are one account.
        let account = match &found {
            Some(found) => attempts::account(found.user.profile.user.id.bytes()),
            None => attempts::account(identifier.as_bytes()),
        };
        self.attempts.begin(account, self.clock.now())?;
        // Nobody has a longer password, so it is as wrong as any, and need not be hashed in full.
        let password = command.password.chars().take(fields::MAX_PASSWORD + 1).collect();
        let (user, hash) = match found {
            Some(found) => (Some(found.user), Some(found.password_hash).filter(|hash| !hash.is_empty())),
            None => (None, None),
        };
        let verified = self.passwords.verify(password, hash).await;
        let right = verified.inspect_err(|_| self.attempts.take_back(account))?;
        let user = user.filter(|_| right).ok_or(Rejection::InvalidCredentials)?;
        self.attempts.forget(&account);
        self.open_session(user, self.clock.now()).await
    }
}
