//! See [`natter_domain::command::Command::GetProfile`].

use natter_domain::command::GetProfile;
use natter_domain::{Profile, Rejection};

use super::{Accounts, without_last_seen};
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn get_profile(&self, command: GetProfile) -> Result<Profile, ServiceError> {
        let (user, blocks) = tokio::try_join!(
            self.user(command.user),
            self.stores.blocks.between(command.viewer, command.user)
        )?;
        let profile = user.ok_or(Rejection::UserNotFound)?.profile;
        Ok(if blocks.any() { without_last_seen(profile) } else { profile })
    }
}
