//! See [`natter_domain::command::Command::LogIn`].

use natter_domain::Rejection;
use natter_domain::account as fields;
use natter_domain::command::LogIn;
use natter_domain::session::SignedIn;

use super::passwords::Checked;
use super::{Accounts, attempts};
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
        let checked = self.passwords.check(password, hash.clone()).await;
        let checked = checked.inspect_err(|_| self.attempts.take_back(account))?;
        let user = user.filter(|_| checked != Checked::Wrong).ok_or(Rejection::InvalidCredentials)?;
        self.attempts.forget(&account);
        if let Checked::RightAndOld { hashed_anew } = checked {
            // Without it the old hash is checked again next time.
            let id = user.profile.user.id;
            if let Err(error) = self.stores.users.set_password(id, hash.as_deref(), &hashed_anew).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a password was not hashed anew");
            }
        }
        self.open_session(user, self.clock.now()).await
    }
}
