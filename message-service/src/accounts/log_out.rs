//! See [`natter_domain::command::Command::LogOut`].

use natter_domain::DirectoryEvent;
use natter_domain::command::LogOut;
use natter_domain::session::{Revocation, RevocationScope};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn log_out(&self, command: LogOut) -> Result<(), ServiceError> {
        let scope = if command.everywhere {
            RevocationScope::Everything
        } else {
            RevocationScope::Session(command.bearer.session)
        };
        let revocation = Revocation { user: command.bearer.user, scope, at: self.clock.now() };
        self.stores.sessions.revoke(revocation.clone()).await?;
        self.announcements.tell(DirectoryEvent::SessionsRevoked(revocation)).await;
        Ok(())
    }
}
