//! See [`natter_domain::command::Command::UpdateMe`].

use natter_domain::account as fields;
use natter_domain::command::{GetMe, UpdateMe};
use natter_domain::user::ProfileChange;
use natter_domain::{DirectoryEvent, Rejection, User};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn update_me(&self, command: UpdateMe) -> Result<User, ServiceError> {
        let UpdateMe { user, change } = command;
        if change == ProfileChange::default() {
            return self.get_me(GetMe { user }).await;
        }
        let change = ProfileChange { email: None, ..fields::profile_change(change)? };
        let updated = self.stores.users.update(user, change).await?.ok_or(Rejection::UserNotFound)?;
        self.announcements.tell(DirectoryEvent::UserChanged(user)).await;
        Ok(updated)
    }
}
