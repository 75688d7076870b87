//! See [`natter_domain::command::Command::ListContacts`].

use natter_domain::UserRef;
use natter_domain::command::ListContacts;

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_contacts(&self, command: ListContacts) -> Result<Vec<UserRef>, ServiceError> {
        let (mut contacts, blocks) =
            tokio::try_join!(self.stores.conversations.contacts(command.user), self.blocks(command.user))?;
        contacts.retain(|contact| !blocks.contains_key(contact));
        if contacts.is_empty() {
            return Ok(Vec::new());
        }
        let users = self.stores.users.by_ids(&contacts).await?;
        Ok(users.into_iter().map(|user| user.profile.user).collect())
    }
}
