//! The keys for tokens and passwords.

use std::{fmt, num::NonZeroU16, path::PathBuf, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize, Serializer};

use super::value::{Endpoint, Secret, duration, list, optional};

/// Tokens and passwords.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The secret of HS256 tokens. Absent in standalone: made at the first start and kept in the
    /// data directory.
    #[serde(deserialize_with = "optional::deserialize")]
    pub jwt_secret: Option<Secret>,
    /// The algorithms that a token may be signed with.
    #[serde(deserialize_with = "list::deserialize")]
    pub algorithms: Vec<Algorithm>,
    /// A public key as PEM text, for RS256, ES256 and EdDSA.
    #[serde(deserialize_with = "optional::deserialize")]
    pub public_key: Option<String>,
    /// A file with a public key as PEM.
    #[serde(deserialize_with = "optional::deserialize")]
    pub public_key_file: Option<PathBuf>,
    /// A file with public keys as a JWKS.
    #[serde(deserialize_with = "optional::deserialize")]
    pub jwks_file: Option<PathBuf>,
    /// A URL that serves public keys as a JWKS.
    #[serde(deserialize_with = "optional::deserialize")]
    pub jwks_url: Option<Endpoint>,
    /// How often the JWKS is read again.
    #[serde(with = "duration")]
    pub jwks_refresh: Duration,
    /// The `iss` that tokens must have, and that own ones get.
    #[serde(deserialize_with = "optional::deserialize")]
    pub issuer: Option<String>,
    /// The `aud` that tokens must have, and that own ones get.
    #[serde(deserialize_with = "optional::deserialize")]
    pub audience: Option<String>,
    /// How far clocks may differ when `exp` and `nbf` are checked; at most 30 s.
    #[serde(with = "duration")]
    pub leeway: Duration,
    /// What another service proves itself with that makes and changes users. Absent: none can.
    #[serde(deserialize_with = "optional::deserialize")]
    pub admin_token: Option<Secret>,
    /// What becomes of a token of another issuer whose user there is not.
    pub provision: Provision,
    /// The claim with such a user's name for searching.
    pub username_claim: String,
    /// The claim with their shown name.
    pub name_claim: String,
    /// The claim with the URL of their picture.
    pub picture_claim: String,
    /// The claim with their address.
    pub email_claim: String,
    /// How long an access token is good for.
    #[serde(with = "duration")]
    pub access_token_ttl: Duration,
    /// How long a refresh token is good for.
    #[serde(with = "duration")]
    pub refresh_token_ttl: Duration,
    /// For how long the second use of a refresh token gets the first one's answer.
    #[serde(with = "duration")]
    pub refresh_grace: Duration,
    /// How many passwords are hashed at once; each takes 19 MiB.
    pub hashes_at_once: NonZeroU16,
    /// How many passwords may wait for that before attempts are refused.
    pub hashes_waiting: u16,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            jwt_secret: None,
            algorithms: vec![Algorithm::Hs256],
            public_key: None,
            public_key_file: None,
            jwks_file: None,
            jwks_url: None,
            jwks_refresh: Duration::from_secs(5 * 60),
            issuer: None,
            audience: None,
            leeway: Duration::ZERO,
            admin_token: None,
            provision: Provision::default(),
            username_claim: "preferred_username".to_owned(),
            name_claim: "name".to_owned(),
            picture_claim: "picture".to_owned(),
            email_claim: "email".to_owned(),
            access_token_ttl: Duration::from_secs(10 * 60),
            refresh_token_ttl: Duration::from_secs(30 * 24 * 60 * 60),
            refresh_grace: Duration::from_secs(10),
            hashes_at_once: NonZeroU16::MIN.saturating_add(1),
            hashes_waiting: 512,
        }
    }
}

/// When users of another login service are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provision {
    /// By that service alone, beforehand.
    #[default]
    Never,
    /// Also when a good token of theirs comes for the first time.
    OnFirstSight,
}

/// An algorithm that tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256 and the configured secret.
    Hs256,
    /// RSA (PKCS #1) with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Its name in a token's header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether it takes a public key rather than the secret.
    pub const fn is_asymmetric(self) -> bool {
        !matches!(self, Self::Hs256)
    }
}

impl FromStr for Algorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(text))
            .ok_or("expected some of `HS256`, `RS256`, `ES256`, `EdDSA`")
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
