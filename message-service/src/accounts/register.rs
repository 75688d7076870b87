//! See [`natter_domain::command::Command::Register`].

use natter_domain::account as fields;
use natter_domain::command::Register;
use natter_domain::ports::store::NewUser;
use natter_domain::session::SignedIn;
use natter_domain::{Profile, User, UserRef};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn register(&self, command: Register) -> Result<SignedIn, ServiceError> {
        let username = fields::username(&command.username)?;
        let email = fields::email(&command.email)?;
        fields::password(&command.password)?;
        let name = fields::name(command.name.as_deref().unwrap_or(&username))?;
        let password_hash = self.passwords.hash(command.password).await?;
        let now = self.clock.now();
        let user = User {
            profile: Profile {
                user: UserRef { id: command.id, username, name, profile_image: None },
                last_seen: None,
            },
            email,
            created_at: now,
        };
        self.stores.users.create(NewUser { user: user.clone(), password_hash }).await?;
        self.open_session(user, now).await
    }
}
