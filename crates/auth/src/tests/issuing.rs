//! Tokens of our own.

use std::time::Duration;

use natter_domain::SessionId;

use super::*;

fn issuer() -> TokenIssuer {
    TokenIssuer::new(IssuerSettings {
        hs256_secret: SECRET.to_vec(),
        access_token_ttl: Duration::from_secs(600),
        issuer: Some("natter".to_owned()),
        audience: Some("chat".to_owned()),
    })
    .unwrap()
}

#[tokio::test]
async fn our_own_verifier_takes_them() {
    let session = SessionId::generate(now());
    // Between two seconds, and just as exact when it comes back.
    let issued_at = Timestamp::from_millis(NOW * 1000 + 123);
    let issued = issuer().issue(ann(), Some(session), issued_at).unwrap();
    assert_eq!(issued.expires_in, Duration::from_secs(600));
    let strict = VerifierSettings {
        issuer: Some("natter".to_owned()),
        audience: Some("chat".to_owned()),
        ..settings()
    };
    let bearer = verifier(strict).verify(&issued.token, issued_at).await.unwrap();
    assert_eq!((bearer.user, bearer.session, bearer.own), (ann(), session, true));
    assert_eq!((bearer.issued_at, bearer.expires_at), (issued_at, at(601)));
}

#[tokio::test]
async fn without_a_session_they_are_like_another_issuers() {
    let issued = issuer().issue(ann(), None, now()).unwrap();
    let bearer = verifier(settings()).verify(&issued.token, now()).await.unwrap();
    assert!(!bearer.own);
}

#[test]
fn the_claims_are_the_usual_ones() {
    let session = SessionId::generate(now());
    let token = issuer().issue(ann(), Some(session), now()).unwrap().token;
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let expected = json!({
        "sub": ANN, "sid": session.to_string(), "iat": NOW as f64, "exp": NOW + 600,
        "iss": "natter", "aud": "chat",
    });
    assert_eq!(claims, expected);
}

#[test]
fn an_empty_secret_is_none() {
    let settings = IssuerSettings {
        hs256_secret: Vec::new(),
        access_token_ttl: Duration::from_secs(600),
        issuer: None,
        audience: None,
    };
    assert!(matches!(TokenIssuer::new(settings), Err(SettingsError::NoSecret)));
}
