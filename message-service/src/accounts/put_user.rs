//! See [`natter_domain::command::Command::PutUser`].

use natter_domain::account as fields;
use natter_domain::command::PutUser;
use natter_domain::ports::store::NewUser;
use natter_domain::user::ProfileChange;
use natter_domain::{DirectoryEvent, Profile, Rejection, User, UserId, UserRef};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn put_user(&self, command: PutUser) -> Result<User, ServiceError> {
        let PutUser { user, change, password } = command;
        if user == UserId::NONE {
            return Err(Rejection::invalid("id", "must be 24 lower-case hex digits").into());
        }
        let mut change = fields::profile_change(change)?;
        if let Some(email) = change.email.as_mut().filter(|email| !email.is_empty()) {
            *email = fields::email(email)?;
        }
        password.as_deref().map(fields::password).transpose()?;
        let there = self.user(user).await?;
        if there.is_none() && change.username.is_none() {
            return Err(Rejection::invalid("username", "is required").into());
        }
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        if there.is_none() {
            let hash = password_hash.clone().unwrap_or_default();
            self.stores.users.create(self.made_of(user, &change, hash)).await?;
        }
        // Also where it has just been made: somebody may have made it with another profile meanwhile.
        let put = self.stores.users.update(user, change).await?.ok_or(Rejection::UserNotFound)?;
        if let Some(hash) = password_hash {
            self.stores.users.set_password(user, None, &hash).await?;
        }
        self.announcements.tell(DirectoryEvent::UserChanged(user)).await;
        Ok(put)
    }

    /// A new user who is what a change has them be.
    pub(super) fn made_of(&self, id: UserId, change: &ProfileChange, password_hash: String) -> NewUser {
        let username = change.username.clone().unwrap_or_default();
        let user = UserRef {
            id,
            name: change.name.clone().unwrap_or_else(|| username.clone()),
            username,
            profile_image: change.profile_image.clone().flatten(),
        };
        let user = User {
            profile: Profile { user, last_seen: None },
            email: change.email.clone().unwrap_or_default(),
            created_at: self.clock.now(),
        };
        NewUser { user, password_hash }
    }
}
