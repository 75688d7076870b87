//! From a token to who may act: verified here, and its session known to the message service.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use natter_domain::command::AdmitUser;
use natter_domain::ports::Clock;
use natter_domain::session::{Bearer, Revocation, RevocationScope};
use natter_domain::user::ProfileChange;
use natter_domain::{Rejection, SessionId, UserId, UserRef};
use natter_runtime::commands::Commands;
use serde_json::{Map, Value};

use crate::checks::Checks;
use crate::{AdminToken, ClaimNames, TokenError, TokenVerifier};

/// How long an answer of the message service is taken for true where no event said otherwise.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Somebody with a valid token, and a session that goes on.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the token says.
    pub bearer: Bearer,
    /// Whose it is.
    pub user: Arc<UserRef>,
}

/// Authenticates tokens for sockets and HTTP alike.
pub struct Authenticator {
    verifier: Arc<TokenVerifier>,
    checks: Checks,
    commands: Commands,
    clock: Arc<dyn Clock>,
    sessions: Cache<(UserId, SessionId), Arc<UserRef>>,
    admin: Option<AdminToken>,
    /// Where users of other issuers are made on first sight.
    admitted_by: Option<ClaimNames>,
}

impl Authenticator {
    /// Asks the message service through `commands`.
    pub fn new(verifier: Arc<TokenVerifier>, commands: Commands, clock: Arc<dyn Clock>) -> Self {
        let sessions = Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build();
        let checks = Checks::new(commands.clone());
        Self { verifier, checks, commands, clock, sessions, admin: None, admitted_by: None }
    }

    /// With a token for whoever may make and change users.
    #[must_use]
    pub fn with_admin(self, admin: Option<AdminToken>) -> Self {
        Self { admin, ..self }
    }

    /// Making users of other issuers on first sight, from these claims.
    #[must_use]
    pub fn admitting_by(self, claims: Option<ClaimNames>) -> Self {
        Self { admitted_by: claims, ..self }
    }

    /// What whoever may make and change users proves it with, if anybody may.
    pub fn admin(&self) -> Option<&AdminToken> {
        self.admin.as_ref()
    }

    /// Who bears this token. What is known of the session may be some seconds old, unless an event
    /// said otherwise.
    ///
    /// # Errors
    /// [`Rejection::Unauthenticated`], [`Rejection::SessionRevoked`], [`Rejection::UserNotFound`];
    /// [`Rejection::Unavailable`] where it can't be told.
    pub async fn authenticate(&self, token: &str) -> Result<Identity, Rejection> {
        let (bearer, claims) = self.verify(token).await?;
        match self.sessions.get(&(bearer.user, bearer.session)).await {
            Some(user) => Ok(Identity { bearer, user }),
            None => self.check(bearer, &claims).await,
        }
    }

    /// As [`Authenticator::authenticate`], by what is known now.
    ///
    /// # Errors
    /// The same.
    pub async fn authenticate_afresh(&self, token: &str) -> Result<Identity, Rejection> {
        let (bearer, claims) = self.verify(token).await?;
        self.check(bearer, &claims).await
    }

    /// Whose session it is, by what is known now.
    ///
    /// # Errors
    /// [`Rejection::SessionRevoked`], [`Rejection::UserNotFound`]; [`Rejection::Unavailable`] where
    /// it can't be told.
    pub async fn holds(&self, bearer: Bearer) -> Result<UserRef, Rejection> {
        self.checks.check(bearer).await
    }

    async fn verify(&self, token: &str) -> Result<(Bearer, Map<String, Value>), Rejection> {
        self.verifier.verified(token, self.clock.now()).await.map_err(|error| match error {
            TokenError::Invalid => Rejection::Unauthenticated,
            TokenError::Unavailable => Rejection::Unavailable,
        })
    }

    async fn check(&self, bearer: Bearer, claims: &Map<String, Value>) -> Result<Identity, Rejection> {
        let check = || self.checks.check(bearer.clone());
        let user = match (check().await, &self.admitted_by) {
            (Err(Rejection::UserNotFound), Some(names)) if !bearer.own => {
                self.admit(bearer.user, names.read(claims)).await?;
                check().await?
            }
            (checked, _) => checked?,
        };
        let user = Arc::new(user);
        self.sessions.insert((bearer.user, bearer.session), user.clone()).await;
        Ok(Identity { bearer, user })
    }

    /// Makes a user whose token is good.
    async fn admit(&self, user: UserId, said: ProfileChange) -> Result<(), Rejection> {
        if user == UserId::NONE {
            tracing::warn!("no user is made of a token whose subject is no id of 24 lower-case hex digits");
            return Err(Rejection::UserNotFound);
        }
        self.commands.call(AdmitUser { user, said }).await
    }

    /// Sessions have ended: what is known of them no longer holds.
    pub async fn revoke(&self, revocation: &Revocation) {
        match revocation.scope {
            RevocationScope::Session(session) => self.sessions.invalidate(&(revocation.user, session)).await,
            RevocationScope::Everything | RevocationScope::UserGone => {
                self.forget_user(revocation.user).await
            }
        }
    }

    /// A user is another one than is known: name, picture, or whether there is one.
    pub async fn forget_user(&self, user: UserId) {
        let theirs: Vec<_> =
            self.sessions.iter().map(|(key, _)| *key).filter(|(owner, _)| *owner == user).collect();
        for key in theirs {
            self.sessions.invalidate(&key).await;
        }
    }

    /// Events may have been lost: nothing that is known is sure.
    pub fn forget(&self) {
        self.sessions.invalidate_all();
    }
}
