//! What a verifier is told at start.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::Algorithm;

/// The most that clocks may differ.
pub const MAX_LEEWAY: Duration = Duration::from_secs(30);

/// Which tokens are good.
#[derive(Clone)]
pub struct VerifierSettings {
    /// The only ones that a token may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// For HS256.
    pub hs256_secret: Option<Vec<u8>>,
    /// Public keys as PEM, one a text, for the other algorithms.
    pub public_keys_pem: Vec<String>,
    /// Public keys as a JWKS, for the other algorithms.
    pub jwks: Option<KeySetSource>,
    /// How often the JWKS is read again, though every key that was asked for is in it.
    pub jwks_refresh: Duration,
    /// What `iss` must be; not looked at where absent.
    pub issuer: Option<String>,
    /// What `aud` must be or contain; not looked at where absent.
    pub audience: Option<String>,
    /// How far clocks may differ when `exp` and `nbf` are looked at; at most [`MAX_LEEWAY`].
    pub leeway: Duration,
}

impl Default for VerifierSettings {
    /// HS256 without a secret, which is yet to be set.
    fn default() -> Self {
        Self {
            algorithms: vec![Algorithm::Hs256],
            hs256_secret: None,
            public_keys_pem: Vec::new(),
            jwks: None,
            jwks_refresh: Duration::from_secs(60 * 60),
            issuer: None,
            audience: None,
            leeway: Duration::ZERO,
        }
    }
}

impl fmt::Debug for VerifierSettings {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierSettings")
            .field("algorithms", &self.algorithms)
            .field("jwks", &self.jwks)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("leeway", &self.leeway)
            .finish_non_exhaustive()
    }
}

/// Where a JWKS is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySetSource {
    /// A file, which must be there at the start.
    File(PathBuf),
    /// A URL, which need not answer at the start.
    Url(String),
}

/// Why there can be no such verifier or issuer.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Nothing would be accepted.
    #[error("no algorithm is accepted")]
    NoAlgorithm,
    /// HS256 needs one, and anybody can guess the empty one.
    #[error("HS256 needs a secret")]
    NoSecret,
    /// RS256, ES256 and EdDSA need public keys.
    #[error("{0:?} needs a public key of its kind, or a JWKS")]
    NoKey(Algorithm),
    /// Over [`MAX_LEEWAY`].
    #[error("the leeway is over 30 s")]
    LeewayTooLong,
    /// Verifying takes the public key only, so the other one has no business here.
    #[error("a private key where a public one belongs")]
    PrivateKey,
    /// None of RSA (of at least 2,048 bits), P-256 or Ed25519.
    #[error("a public key that is no PEM of RSA of at least 2048 bits, P-256 or Ed25519")]
    UnusableKey,
    /// The JWKS file can't be read.
    #[error("the JWKS {path} can't be read")]
    UnreadableKeySet {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No HTTP client for the JWKS URL.
    #[error("no HTTP client for the JWKS")]
    HttpClient(#[source] Box<dyn std::error::Error + Send + Sync>),
}
