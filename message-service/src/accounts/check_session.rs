//! See [`natter_domain::command::Command::CheckSession`].

use natter_domain::command::CheckSession;
use natter_domain::{Rejection, UserRef};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn check_session(&self, command: CheckSession) -> Result<UserRef, ServiceError> {
        let bearer = &command.bearer;
        let (user, live) = tokio::try_join!(self.user(bearer.user), self.stores.sessions.is_live(bearer))?;
        let user = user.ok_or(Rejection::UserNotFound)?;
        if !live {
            return Err(Rejection::SessionRevoked.into());
        }
        Ok(user.profile.user)
    }
}
