//! Reading a JWKS (RFC 7517).

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use serde::Deserialize;

use super::Key;
use crate::Algorithm;

/// More keys than anybody rotates at once; a token without `kid` is tried with each.
const MAX_KEYS: usize = 32;

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// The keys that verify one of our algorithms. Others are left out, as the RFC wants it, and so are
/// secrets: whoever publishes one has published it.
pub(super) fn parse(document: &[u8]) -> Result<Vec<Key>, serde_json::Error> {
    let document: Document = serde_json::from_slice(document)?;
    let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter_map(|jwk| verifying(&jwk)).take(MAX_KEYS).collect())
}

fn verifying(jwk: &Jwk) -> Option<Key> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::Rs256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::Es256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDsa, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|algorithm| algorithm != name) {
        return None;
    }
    let decoding = DecodingKey::from_jwk(jwk).ok()?;
    let key = Key { kid: jwk.common.key_id.clone(), algorithm, decoding };
    key.is_strong().then_some(key)
}
