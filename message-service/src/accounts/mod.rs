//! Users, their sessions, blocks, files and histories: a file a command.
//!
//! Owns what an account's fields may be, how passwords are kept and logins limited, and what a
//! refresh token is. Knows nothing of conversations and messages.

mod attempts;
mod passwords;
mod refresh_token;
mod settings;

mod admit_user;
mod check_sessions;
mod get_me;
mod get_profile;
mod list_activity;
mod list_blocked;
mod list_contacts;
mod list_revocations;
mod list_visible;
mod log_in;
mod log_out;
mod put_user;
mod record_activity;
mod record_last_seen;
mod record_media;
mod refresh_session;
mod register;
mod search_profiles;
mod set_block;
mod update_me;

#[cfg(test)]
mod tests;

pub use settings::AccountSettings;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use natter_auth::TokenIssuer;
use natter_domain::ports::Clock;
use natter_domain::ports::store::{BlockRelation, NewSession, StoreError, Stores};
use natter_domain::session::SignedIn;
use natter_domain::{Profile, SessionId, Timestamp, User, UserId};

use crate::announcements::Announcements;
use crate::error::ServiceError;
use attempts::Attempts;
use passwords::Passwords;
use refresh_token::RefreshToken;

/// Carries out the commands of [`natter_domain::command`] about accounts.
pub(crate) struct Accounts {
    stores: Stores,
    announcements: Arc<Announcements>,
    clock: Arc<dyn Clock>,
    issuer: TokenIssuer,
    passwords: Passwords,
    attempts: Attempts,
    refresh_token_ttl: Duration,
    refresh_grace: Duration,
}

impl Accounts {
    pub(crate) fn new(
        stores: Stores,
        announcements: Arc<Announcements>,
        clock: Arc<dyn Clock>,
        issuer: TokenIssuer,
        settings: AccountSettings,
    ) -> Self {
        Self {
            stores,
            announcements,
            clock,
            issuer,
            passwords: Passwords::new(settings.hashes_at_once, settings.hashes_waiting),
            attempts: Attempts::new(settings.attempts_per_minute),
            refresh_token_ttl: settings.refresh_token_ttl,
            refresh_grace: settings.refresh_grace,
        }
    }

    /// A new session of a user who has proved who they are.
    async fn open_session(&self, user: User, now: Timestamp) -> Result<SignedIn, ServiceError> {
        let session = SessionId::generate(now);
        let refresh = RefreshToken::generate();
        let new = NewSession {
            id: session,
            user: user.profile.user.id,
            refresh: refresh.hash(),
            created_at: now,
            expires_at: now.after(self.refresh_token_ttl),
        };
        self.stores.sessions.create(new).await?;
        self.sign_in(user, session, &refresh, now)
    }

    /// What a client gets to go on in a session.
    fn sign_in(
        &self,
        user: User,
        session: SessionId,
        refresh: &RefreshToken,
        now: Timestamp,
    ) -> Result<SignedIn, ServiceError> {
        let issued = self.issuer.issue(user.profile.user.id, Some(session), now);
        let issued = issued.map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(SignedIn {
            user,
            access_token: issued.token,
            refresh_token: refresh.to_string(),
            expires_in: issued.expires_in,
        })
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.stores.users.by_ids(&[id]).await?.pop())
    }

    /// Everybody with whom the user has a block.
    async fn blocks(&self, user: UserId) -> Result<HashMap<UserId, BlockRelation>, StoreError> {
        Ok(self.stores.blocks.relations(user).await?.into_iter().collect())
    }
}

/// A profile as one sees it who has a block with its owner.
fn without_last_seen(profile: Profile) -> Profile {
    Profile { last_seen: None, ..profile }
}
