//! See [`natter_domain::command::Command::GetMe`].

use natter_domain::command::GetMe;
use natter_domain::{Rejection, User};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn get_me(&self, command: GetMe) -> Result<User, ServiceError> {
        Ok(self.user(command.user).await?.ok_or(Rejection::UserNotFound)?)
    }
}
