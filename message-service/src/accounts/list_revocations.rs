//! See [`natter_domain::command::Command::ListRevocations`].

use natter_domain::command::ListRevocations;
use natter_domain::session::Revocation;

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_revocations(
        &self,
        command: ListRevocations,
    ) -> Result<Vec<Revocation>, ServiceError> {
        Ok(self.stores.sessions.revoked_since(command.since).await?)
    }
}
