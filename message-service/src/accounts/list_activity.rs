//! See [`natter_domain::command::Command::ListActivity`].

use natter_domain::command::ListActivity;
use natter_domain::{ActivityEntry, Page};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_activity(
        &self,
        command: ListActivity,
    ) -> Result<Page<ActivityEntry>, ServiceError> {
        Ok(self.stores.activity.of_user(command.user, &command.page).await?)
    }
}
