//! Access tokens of our own.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header};
use natter_domain::id::{SessionId, UserId};
use natter_domain::time::Timestamp;
use serde::Serialize;

use crate::{Algorithm, SettingsError};

/// What tokens of ours are like.
#[derive(Clone)]
pub struct IssuerSettings {
    /// For HS256; a verifier of ours has the same one.
    pub hs256_secret: Vec<u8>,
    /// How long a token is good for.
    pub access_token_ttl: Duration,
    /// `iss`, where there is to be one.
    pub issuer: Option<String>,
    /// `aud`, where there is to be one.
    pub audience: Option<String>,
}

impl fmt::Debug for IssuerSettings {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerSettings")
            .field("access_token_ttl", &self.access_token_ttl)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// An access token, and for how long.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The JWT.
    pub token: String,
    /// How long it is good for, from the time it was issued at.
    pub expires_in: Duration,
}

impl fmt::Debug for IssuedToken {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// The token could not be made: a fault of ours, never of the user.
#[derive(Debug, thiserror::Error)]
#[error("an access token could not be made")]
pub struct IssueError(#[source] jsonwebtoken::errors::Error);

/// Makes access tokens, signed with HS256.
#[derive(Clone)]
pub struct TokenIssuer {
    key: EncodingKey,
    ttl: Duration,
    issuer: Option<String>,
    audience: Option<String>,
}

/// Times are seconds since 1970. `iat` has a fraction, without which a login in the same second as
/// a logout everywhere would seem to come before it.
#[derive(Serialize)]
struct OwnClaims<'a> {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    iat: f64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

impl TokenIssuer {
    /// Errors: no secret.
    pub fn new(settings: IssuerSettings) -> Result<Self, SettingsError> {
        if settings.hs256_secret.is_empty() {
            return Err(SettingsError::NoSecret);
        }
        Ok(Self {
            key: EncodingKey::from_secret(&settings.hs256_secret),
            ttl: settings.access_token_ttl,
            issuer: settings.issuer,
            audience: settings.audience,
        })
    }

    /// A token for the user. Without a session it goes on until it expires or the user logs out
    /// with it, or everywhere.
    pub fn issue(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<IssuedToken, IssueError> {
        // Up to the next second: a token is never good for less than it says.
        let exp = now.after(self.ttl).millis().saturating_add(999).div_euclid(1000);
        let claims = OwnClaims {
            sub: user.to_string(),
            sid: session.map(|session| session.to_string()),
            iat: now.millis() as f64 / 1000.0,
            exp,
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
        };
        let header = Header::new(Algorithm::Hs256.to_header());
        let token = jsonwebtoken::encode(&header, &claims, &self.key).map_err(IssueError)?;
        Ok(IssuedToken { token, expires_in: self.ttl })
    }
}
