//! Keys, each bound to the one algorithm that it is for: which key a token is checked with never
//! follows from the token alone.

mod jwks;
mod key_set;

pub(crate) use key_set::KeySet;

use jsonwebtoken::DecodingKey;

use crate::{Algorithm, SettingsError};

/// RSA keys of fewer bytes can be broken (RFC 7518, 3.3).
const MIN_RSA_BYTES: usize = 2048 / 8;
/// An uncompressed point on P-256.
const P256_BYTES: usize = 65;
/// A point of Ed25519.
const ED25519_BYTES: usize = 32;

/// A key that verifies.
#[derive(Clone)]
pub(crate) struct Key {
    /// Its name in a JWKS.
    pub(crate) kid: Option<String>,
    /// What it is for.
    pub(crate) algorithm: Algorithm,
    /// The key.
    pub(crate) decoding: DecodingKey,
}

impl Key {
    /// The secret.
    pub(crate) fn secret(secret: &[u8]) -> Self {
        Self { kid: None, algorithm: Algorithm::Hs256, decoding: DecodingKey::from_secret(secret) }
    }

    /// A public key; its kind says what it is for.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, SettingsError> {
        if pem.contains("PRIVATE KEY") {
            return Err(SettingsError::PrivateKey);
        }
        let pem = pem.as_bytes();
        let key = |algorithm, decoding| Self { kid: None, algorithm, decoding };
        DecodingKey::from_rsa_pem(pem)
            .map(|decoding| key(Algorithm::Rs256, decoding))
            .or_else(|_| DecodingKey::from_ec_pem(pem).map(|decoding| key(Algorithm::Es256, decoding)))
            .or_else(|_| DecodingKey::from_ed_pem(pem).map(|decoding| key(Algorithm::EdDsa, decoding)))
            .ok()
            .filter(Self::is_strong)
            .ok_or(SettingsError::UnusableKey)
    }

    /// Whether the key's size is one that its algorithm takes.
    fn is_strong(&self) -> bool {
        use jsonwebtoken::DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        match (self.algorithm, self.decoding.kind()) {
            (Algorithm::Rs256, SecretOrDer(der)) => der.len() >= MIN_RSA_BYTES,
            (Algorithm::Rs256, RsaModulusExponent { n, .. }) => n.len() >= MIN_RSA_BYTES,
            (Algorithm::Es256, SecretOrDer(point)) => point.len() == P256_BYTES,
            (Algorithm::EdDsa, SecretOrDer(point)) => point.len() == ED25519_BYTES,
            (Algorithm::Hs256, SecretOrDer(secret)) => !secret.is_empty(),
            _ => false,
        }
    }
}
