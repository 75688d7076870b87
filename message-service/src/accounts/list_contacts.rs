//! See [`natter_domain::command::Command::ListContacts`].

use natter_domain::command::{Contacts, ListContacts, MAX_CONTACTS};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn list_contacts(&self, command: ListContacts) -> Result<Contacts, ServiceError> {
        let ListContacts { user, after } = command;
        let mut users = self.stores.conversations.contacts(user).await?;
        if users.is_empty() {
            return Ok(Contacts::default());
        }
        let blocks = self.blocks(user).await?;
        users.retain(|contact| after.is_none_or(|after| *contact > after) && !blocks.contains_key(contact));
        users.sort_unstable();
        let more = users.len() > MAX_CONTACTS;
        users.truncate(MAX_CONTACTS);
        Ok(Contacts { users, more })
    }
}
