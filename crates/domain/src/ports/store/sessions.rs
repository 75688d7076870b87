//! Sessions, refresh tokens, revocations.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::id::{SessionId, UserId};
use crate::session::{Bearer, Revocation};
use crate::time::Timestamp;

/// SHA-256 of a refresh token; the token itself is not kept.
pub type TokenHash = [u8; 32];

/// A session to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Its first refresh token.
    pub refresh: TokenHash,
    /// Now.
    pub created_at: Timestamp,
    /// When the refresh token ends.
    pub expires_at: Timestamp,
}

/// A refresh token to be spent. The successor is derived from the presented token and `salt`, so
/// that a repetition within the grace can answer it again though only hashes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotate {
    /// What was presented.
    pub presented: TokenHash,
    /// From which the successor was derived.
    pub salt: [u8; 32],
    /// The successor.
    pub successor: TokenHash,
    /// When the successor ends.
    pub expires_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// How long after its first use a token gets its successor again, unless that was used itself.
    pub grace: Duration,
}

/// What came of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// First use: the successor is good.
    Rotated {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// Used before, within the grace, and its successor was not used yet: derive it from `salt`.
    Repeated {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
        /// The first use's.
        salt: [u8; 32],
    },
    /// Used before: the session is revoked now.
    Reused(Revocation),
    /// Unknown, expired, or of a session that was revoked.
    Refused,
}

/// Sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Makes a session.
    async fn create(&self, new: NewSession) -> Result<(), StoreError>;
    /// Spends a refresh token, atomically: of any number at once, one is the first use.
    async fn rotate(&self, rotate: Rotate) -> Result<Rotation, StoreError>;
    /// Ends sessions; repeating it is no error. Tokens that were issued to a session of another
    /// issuer are named by [`Bearer::session`] alone.
    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError>;
    /// Of each bearer, in order, whether the session goes on: it exists (where [`Bearer::own`]), was
    /// not revoked, and the token is not older than the user's latest logout everywhere.
    async fn are_live(&self, bearers: &[Bearer]) -> Result<Vec<bool>, StoreError>;
    /// Revocations at or after this, oldest first, at most 1,000. They are kept for at least an
    /// hour.
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError>;
}
