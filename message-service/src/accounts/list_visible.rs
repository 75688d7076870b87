//! See [`natter_domain::command::Command::ListVisible`].

use natter_domain::command::ListVisible;
use natter_domain::{Page, Profile};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_visible(&self, command: ListVisible) -> Result<Page<Profile>, ServiceError> {
        let (users, blocks) =
            tokio::try_join!(self.stores.users.by_ids(&command.users), self.blocks(command.viewer))?;
        let visible = users.into_iter().map(|user| user.profile);
        let visible = visible.filter(|profile| !blocks.contains_key(&profile.user.id));
        Ok(Page { items: visible.collect(), next: None })
    }
}
