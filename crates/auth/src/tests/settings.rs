//! Which settings make a verifier.

use std::time::Duration;

use super::*;

fn refusal(settings: VerifierSettings) -> SettingsError {
    TokenVerifier::new(settings).err().expect("should have been refused")
}

fn with_key(algorithm: Algorithm, pem: String) -> VerifierSettings {
    VerifierSettings { algorithms: vec![algorithm], public_keys_pem: vec![pem], ..settings() }
}

#[test]
fn every_algorithm_needs_its_key() {
    let none = VerifierSettings { algorithms: Vec::new(), ..settings() };
    assert!(matches!(refusal(none), SettingsError::NoAlgorithm));
    for secret in [None, Some(Vec::new())] {
        let settings = VerifierSettings { hs256_secret: secret, ..settings() };
        assert!(matches!(refusal(settings), SettingsError::NoSecret));
    }
    let other_kind = with_key(Algorithm::Rs256, Signer::ed().pem());
    assert!(matches!(refusal(other_kind), SettingsError::NoKey(Algorithm::Rs256)));
    let leeway = VerifierSettings { leeway: Duration::from_millis(30_001), ..settings() };
    assert!(matches!(refusal(leeway), SettingsError::LeewayTooLong));
}

#[test]
fn keys_are_public_and_strong() {
    let private = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----";
    assert!(matches!(refusal(with_key(Algorithm::Rs256, private.to_owned())), SettingsError::PrivateKey));
    let p384 = EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let p384 = Signer::Es256(p384).pem();
    for pem in ["", "not a key", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----", &p384] {
        let settings = with_key(Algorithm::Es256, pem.to_owned());
        assert!(matches!(refusal(settings), SettingsError::UnusableKey), "{pem}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let issuer = IssuerSettings {
        hs256_secret: SECRET.to_vec(),
        access_token_ttl: Duration::from_secs(600),
        issuer: None,
        audience: None,
    };
    let printed = format!("{:?} {issuer:?}", settings());
    assert!(!printed.contains("hs256_secret"), "{printed}");
}
