//! See [`natter_domain::command::Command::ListBlocked`].

use natter_domain::command::ListBlocked;
use natter_domain::{Page, Profile};

use super::{Accounts, without_last_seen};
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_blocked(&self, command: ListBlocked) -> Result<Page<Profile>, ServiceError> {
        let blocked = self.stores.blocks.blocked_by(command.user, &command.page).await?;
        Ok(blocked.map(without_last_seen))
    }
}
