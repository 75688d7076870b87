//! From a token to its bearer.

use std::sync::Arc;

use jsonwebtoken::{DecodingKey, Header, Validation};
use natter_domain::id::SessionId;
use natter_domain::session::Bearer;
use natter_domain::time::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::claims::Claims;
use crate::keys::{Key, KeySet};
use crate::{Algorithm, MAX_LEEWAY, SettingsError, VerifierSettings};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 8 * 1024;

/// Why a token is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Malformed, of another algorithm, not signed by a key of ours, expired, not yet good, or for
    /// somebody else.
    #[error("invalid token")]
    Invalid,
    /// It can't be told, since no keys came yet: never an authentication error.
    #[error("no keys to verify the token with")]
    Unavailable,
}

/// Verifies access tokens. Meant to be made once and shared.
pub struct TokenVerifier {
    settings: VerifierSettings,
    keys: Vec<Key>,
    key_set: Option<Arc<KeySet>>,
}

impl TokenVerifier {
    /// Reads the keys that are there. A JWKS behind a URL comes when it is needed, or with
    /// [`Self::prepare`].
    ///
    /// Errors: settings with which some algorithm would have no key, or a weak one.
    pub fn new(mut settings: VerifierSettings) -> Result<Self, SettingsError> {
        if settings.algorithms.is_empty() {
            return Err(SettingsError::NoAlgorithm);
        }
        if settings.leeway > MAX_LEEWAY {
            return Err(SettingsError::LeewayTooLong);
        }
        let mut keys =
            settings.public_keys_pem.iter().map(|pem| Key::from_pem(pem)).collect::<Result<Vec<_>, _>>()?;
        let secret = settings.hs256_secret.take().filter(|secret| !secret.is_empty());
        keys.extend(secret.as_deref().map(Key::secret));
        for &algorithm in &settings.algorithms {
            let has_key = keys.iter().any(|key| key.algorithm == algorithm);
            if !has_key && algorithm == Algorithm::Hs256 {
                return Err(SettingsError::NoSecret);
            }
            if !has_key && settings.jwks.is_none() {
                return Err(SettingsError::NoKey(algorithm));
            }
        }
        let key_set = settings.jwks.take().map(|source| KeySet::open(source, settings.jwks_refresh));
        Ok(Self { key_set: key_set.transpose()?.map(Arc::new), keys, settings })
    }

    /// Reads a JWKS that was not read yet, so that the first token need not wait for it. Takes 5 s
    /// at the most; that it failed is in the log.
    pub async fn prepare(&self, now: Timestamp) {
        if let Some(key_set) = &self.key_set {
            key_set.refresh(now).await;
        }
    }

    /// The bearer of a token that is good `now`. A user id that is no id becomes
    /// [`natter_domain::UserId::NONE`], whom nobody will find. Waits only where a JWKS must be read
    /// first, for 5 s at the most. Cancel safe.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        self.verified(token, now).await.map(|(bearer, _)| bearer)
    }

    /// As [`TokenVerifier::verify`], with the claims that say nothing of the token itself.
    pub(crate) async fn verified(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Bearer, Map<String, Value>), TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        // `crit` names extensions that must be understood, and none is.
        let algorithm = Algorithm::from_header(header.alg)
            .filter(|algorithm| self.settings.algorithms.contains(algorithm) && header.crit.is_none())
            .ok_or(TokenError::Invalid)?;
        let claims = self.claims(token, &header, algorithm, now).await?;
        let ours = !algorithm.is_asymmetric();
        let bearer = claims.bearer(&self.settings, now, ours, digest(token)).ok_or(TokenError::Invalid)?;
        Ok((bearer, claims.others))
    }

    /// The claims of a token whose signature is good.
    async fn claims(
        &self,
        token: &str,
        header: &Header,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Claims, TokenError> {
        let own = self.keys.iter().filter(|key| key.algorithm == algorithm);
        if let Some(claims) = own.into_iter().find_map(|key| signed_claims(token, algorithm, &key.decoding)) {
            return Ok(claims);
        }
        let Some(key_set) = self.key_set.as_ref().filter(|_| algorithm.is_asymmetric()) else {
            return Err(TokenError::Invalid);
        };
        let keys = key_set.candidates(algorithm, header.kid.as_deref(), now).await;
        let keys = keys.map_err(|_| TokenError::Unavailable)?;
        keys.iter().find_map(|key| signed_claims(token, algorithm, &key.decoding)).ok_or(TokenError::Invalid)
    }
}

/// The claims, if this key signed them. Their content is not looked at here: the library would do
/// it by its own clock.
fn signed_claims(token: &str, algorithm: Algorithm, key: &DecodingKey) -> Option<Claims> {
    let mut validation = Validation::new(algorithm.to_header());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Claims>(token, key, &validation).ok().map(|token| token.claims)
}

/// Names a token of another issuer, for a logout. Of what is signed only: the signature itself can
/// be written in more than one way, with which a revoked token would seem another.
fn digest(token: &str) -> SessionId {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let mut id = [0; 12];
    for (byte, of_hash) in id.iter_mut().zip(Sha256::digest(signed)) {
        *byte = of_hash;
    }
    SessionId::from_bytes(id)
}
