//! See [`natter_domain::command::Command::SearchProfiles`].

use natter_domain::command::SearchProfiles;
use natter_domain::{Page, Profile, UserId};

use super::{Accounts, without_last_seen};
use crate::error::ServiceError;

impl Accounts {
    /// Who has blocked the viewer is not found; whom the viewer has blocked is, without
    /// `last_seen`, so that they can be unblocked.
    pub(crate) async fn search_profiles(
        &self,
        command: SearchProfiles,
    ) -> Result<Page<Profile>, ServiceError> {
        let blocks = self.blocks(command.viewer).await?;
        let hidden: Vec<UserId> =
            blocks.iter().filter(|(_, relation)| relation.by_other).map(|(user, _)| *user).collect();
        let found = self.stores.users.search(command.prefix.trim(), &hidden, &command.page).await?;
        Ok(found.map(|profile| match blocks.get(&profile.user.id) {
            Some(_) => without_last_seen(profile),
            None => profile,
        }))
    }
}
