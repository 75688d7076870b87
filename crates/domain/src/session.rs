//! Sessions: a login and the tokens that come from it.

use std::time::Duration;

use crate::id::{SessionId, UserId};
use crate::time::Timestamp;
use crate::user::User;

/// What a login, a registration or a refresh gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// JWT for sockets and HTTP.
    pub access_token: String,
    /// Opaque, used once.
    pub refresh_token: String,
    /// How long the access token lasts.
    pub expires_in: Duration,
}

/// What a verified token says of its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Claim `sub`, or `id`.
    pub user: UserId,
    /// Claim `sid` of our own tokens; of another issuer's token a digest of the token, so that a
    /// logout can name it.
    pub session: SessionId,
    /// Whether the token came from a session of ours, which must then exist.
    pub own: bool,
    /// Claim `iat`; zero if absent.
    pub issued_at: Timestamp,
    /// Claim `exp`.
    pub expires_at: Timestamp,
}

/// Sessions that have ended before their tokens expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub scope: RevocationScope,
    /// When.
    pub at: Timestamp,
}

/// Which of a user's sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationScope {
    /// This one.
    Session(SessionId),
    /// All of ours that existed at [`Revocation::at`], and every token issued before it.
    Everything,
    /// All, because the user is no more.
    UserGone,
}
