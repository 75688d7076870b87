//! See [`natter_domain::command::Command::AdmitUser`].

use natter_domain::account as fields;
use natter_domain::command::AdmitUser;
use natter_domain::ports::store::AccountError;
use natter_domain::user::ProfileChange;
use natter_domain::{DirectoryEvent, Rejection, UserId};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    /// Under the first name that can be had, and without the address where somebody has it. Of any
    /// number at once, one makes the user.
    pub(crate) async fn admit_user(&self, command: AdmitUser) -> Result<(), ServiceError> {
        let AdmitUser { user, said } = command;
        if user == UserId::NONE {
            return Err(Rejection::UserNotFound.into());
        }
        if self.user(user).await?.is_some() {
            return Ok(());
        }
        let mut change = usable(&said);
        let local_part =
            change.email.as_deref().and_then(|email| email.split_once('@')).map(|(local, _)| local);
        let wished = said.username.as_deref().or(local_part).or(change.name.as_deref());
        for username in fields::usernames(wished.unwrap_or_default(), user) {
            change.username = Some(username);
            let mut made = self.stores.users.create(self.made_of(user, &change, String::new())).await;
            if let Err(AccountError::EmailTaken) = made {
                change.email = None;
                made = self.stores.users.create(self.made_of(user, &change, String::new())).await;
            }
            match made {
                Ok(()) => {
                    tracing::info!(%user, "a user of another login service is made on first sight");
                    self.announcements.tell(DirectoryEvent::UserChanged(user)).await;
                    return Ok(());
                }
                Err(AccountError::UsernameTaken) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::UsernameTaken.into())
    }
}

/// What of it is good.
fn usable(said: &ProfileChange) -> ProfileChange {
    let name = said.name.as_deref().and_then(|name| fields::name(name).ok());
    let image = said.profile_image.iter().flatten().next();
    ProfileChange {
        name,
        username: None,
        profile_image: image.and_then(|url| fields::profile_image(url).ok()).map(Some),
        email: said.email.as_deref().and_then(|email| fields::email(email).ok()),
    }
}
