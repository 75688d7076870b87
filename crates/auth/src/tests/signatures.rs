//! Which signatures count.

use super::*;

/// Takes all algorithms, with these keys.
fn all_of(signers: &[Signer]) -> TokenVerifier {
    let algorithms = [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
    verifier(VerifierSettings {
        algorithms: algorithms.to_vec(),
        public_keys_pem: signers.iter().map(Signer::pem).collect(),
        ..settings()
    })
}

#[tokio::test]
async fn each_algorithm_is_verified_with_its_key_alone() {
    let (known, strange) = (Signer::asymmetric(), Signer::asymmetric());
    let verifier = all_of(&known);
    for (signer, stranger) in known.iter().zip(&strange) {
        let name = signer.name();
        assert!(verifier.verify(&signer.token(&good()), now()).await.is_ok(), "{name}");
        let forged = verifier.verify(&stranger.token(&good()), now()).await;
        assert_eq!(forged, Err(TokenError::Invalid), "{name}");
    }
    assert!(verifier.verify(&hs256().token(&good()), now()).await.is_ok());
    let forged = Signer::Hs256(b"another secret".to_vec()).token(&good());
    assert_eq!(verifier.verify(&forged, now()).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_is_invalid() {
    for signer in Signer::asymmetric() {
        let verifier = verifier(VerifierSettings { public_keys_pem: vec![signer.pem()], ..settings() });
        assert_eq!(verifier.verify(&signer.token(&good()), now()).await, Err(TokenError::Invalid));
    }
}

#[tokio::test]
async fn no_algorithm_is_none() {
    for name in ["none", "None", "NONE", "", "HS1", "hs256"] {
        let message = format!("{}.{}", encode(&json!({ "alg": name })), encode(&good()));
        for signature in ["", "AAAA"] {
            let token = format!("{message}.{signature}");
            assert_eq!(verifier(settings()).verify(&token, now()).await, Err(TokenError::Invalid));
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    for signer in Signer::asymmetric() {
        let forged = Signer::Hs256(signer.pem().into_bytes()).token(&good());
        let verifier = all_of(&[signer, Signer::rsa(KeySize::Rsa2048), Signer::ec(), Signer::ed()]);
        assert_eq!(verifier.verify(&forged, now()).await, Err(TokenError::Invalid));
    }
}

#[tokio::test]
async fn stronger_relatives_are_not_taken_for_the_algorithm() {
    let signer = hs256();
    for alg in ["HS384", "HS512", "RS256"] {
        let token = signer.token_with(&json!({ "alg": alg }), &good());
        assert_eq!(verifier(settings()).verify(&token, now()).await, Err(TokenError::Invalid), "{alg}");
    }
}

#[tokio::test]
async fn headers_bring_no_keys_and_no_extensions() {
    let stranger = Signer::ed();
    let verifier = all_of(&Signer::asymmetric());
    let jwk = json!({ "alg": "EdDSA", "jwk": stranger.jwk("mine"), "jku": "https://evil.example" });
    let token = stranger.token_with(&jwk, &good());
    assert_eq!(verifier.verify(&token, now()).await, Err(TokenError::Invalid));

    let critical = hs256().token_with(&json!({ "alg": "HS256", "crit": ["b64"], "b64": false }), &good());
    assert_eq!(verifier.verify(&critical, now()).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn what_is_no_token_is_invalid() {
    let verifier = verifier(settings());
    let good = hs256().token(&good());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let long = hs256().token(&good_but(json!({ "padding": "x".repeat(MAX_TOKEN) })));
    let deep = format!("{}.{}.x", URL_SAFE_NO_PAD.encode("[".repeat(5000)), encode(&json!({})));
    let array = hs256().token(&json!([ANN]));
    let bad = [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "null",
        "🦀.🦀.🦀",
        message,
        &format!("{good}."),
        &format!(" {good}"),
        &format!("Bearer {good}"),
        &format!("{message}.{}", signature.to_lowercase()),
        &format!("{message}.{signature}A"),
        &format!("{good}="),
        &long,
        &deep,
        &array,
    ];
    for token in bad {
        assert_eq!(verifier.verify(token, now()).await, Err(TokenError::Invalid), "{token}");
    }
    assert!(verifier.verify(&good, now()).await.is_ok());
}
