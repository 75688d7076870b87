//! See [`natter_domain::command::Command::SetBlock`].

use natter_domain::command::SetBlock;
use natter_domain::{DirectoryEvent, Rejection};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn set_block(&self, command: SetBlock) -> Result<(), ServiceError> {
        let SetBlock { blocker, blocked, block } = command;
        if blocker == blocked {
            return Err(Rejection::BlockYourself.into());
        }
        self.user(blocked).await?.ok_or(Rejection::UserNotFound)?;
        self.stores.blocks.set(blocker, blocked, block, self.clock.now()).await?;
        // Also where it was so: whoever set it may have ended before it was told.
        self.announcements.tell_twice(DirectoryEvent::BlockChanged(blocker, blocked)).await;
        Ok(())
    }
}
