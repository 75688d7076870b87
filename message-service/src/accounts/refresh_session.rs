//! See [`natter_domain::command::Command::RefreshSession`].

use natter_domain::command::RefreshSession;
use natter_domain::ports::store::{Rotate, Rotation};
use natter_domain::session::SignedIn;
use natter_domain::{DirectoryEvent, Rejection};

use super::Accounts;
use super::refresh_token::{RefreshToken, Salt};
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn refresh_session(&self, command: RefreshSession) -> Result<SignedIn, ServiceError> {
        let presented = RefreshToken::parse(&command.refresh_token).ok_or(Rejection::InvalidRefreshToken)?;
        let now = self.clock.now();
        let salt: Salt = rand::random();
        let rotate = Rotate {
            presented: presented.hash(),
            salt,
            successor: presented.successor(&salt).hash(),
            expires_at: now.after(self.refresh_token_ttl),
            now,
            grace: self.refresh_grace,
        };
        let (user, session, salt) = match self.stores.sessions.rotate(rotate).await? {
            Rotation::Rotated { user, session } => (user, session, salt),
            Rotation::Repeated { user, session, salt } => (user, session, salt),
            Rotation::Reused(revocation) => {
                tracing::warn!(user = %revocation.user, "refresh token reused: session revoked");
                self.announcements.tell(DirectoryEvent::SessionsRevoked(revocation)).await;
                return Err(Rejection::InvalidRefreshToken.into());
            }
            Rotation::Refused => return Err(Rejection::InvalidRefreshToken.into()),
        };
        let user = self.user(user).await?.ok_or(Rejection::InvalidRefreshToken)?;
        self.sign_in(user, session, &presented.successor(&salt), now)
    }
}
