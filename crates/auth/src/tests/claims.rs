//! What a well-signed token must say.

use std::time::Duration;

use super::*;

/// What comes of a token with these claims.
async fn verify(claims: &Value) -> Result<natter_domain::session::Bearer, TokenError> {
    verifier(settings()).verify(&hs256().token(claims), now()).await
}

#[tokio::test]
async fn a_good_one_names_its_bearer() {
    let bearer = verify(&good()).await.unwrap();
    assert_eq!((bearer.user, bearer.issued_at, bearer.expires_at), (ann(), now(), at(60)));
    assert!(!bearer.own);
}

#[tokio::test]
async fn the_user_is_sub_or_else_id() {
    let cases = [
        (json!({ "id": "65b000000000000000000002" }), Some(ann())),
        (json!({ "sub": null, "id": ANN }), Some(ann())),
        (json!({ "sub": "ann" }), Some(UserId::NONE)),
        (json!({ "sub": ANN.to_uppercase() }), Some(UserId::NONE)),
        (json!({ "sub": "" }), Some(UserId::NONE)),
        (json!({ "sub": null, "id": "*" }), Some(UserId::NONE)),
        (json!({ "sub": null }), None),
        (json!({ "sub": 7, "id": ANN }), None),
        (json!({ "sub": { "$ne": "" } }), None),
    ];
    for (change, expected) in cases {
        let bearer = verify(&good_but(change.clone())).await;
        assert_eq!(bearer.ok().map(|bearer| bearer.user), expected, "{change}");
    }
}

#[tokio::test]
async fn times_are_looked_at_by_the_clock_that_was_given() {
    let cases = [
        (json!({ "exp": null }), false),
        (json!({ "exp": NOW }), false),
        (json!({ "exp": NOW - 1 }), false),
        (json!({ "exp": NOW + 1 }), true),
        (json!({ "exp": NOW as f64 + 0.5 }), true),
        (json!({ "exp": (NOW + 60).to_string() }), false),
        (json!({ "exp": -1 }), false),
        (json!({ "exp": {} }), false),
        (json!({ "nbf": NOW }), true),
        (json!({ "nbf": NOW + 1 }), false),
        (json!({ "nbf": "soon" }), false),
        (json!({ "iat": null }), true),
        (json!({ "iat": "then" }), false),
    ];
    for (change, good) in cases {
        assert_eq!(verify(&good_but(change.clone())).await.is_ok(), good, "{change}");
    }
}

#[tokio::test]
async fn leeway_counts_both_ways_and_does_not_lengthen_the_token() {
    let verifier = verifier(VerifierSettings { leeway: Duration::from_secs(10), ..settings() });
    let token = hs256().token(&good_but(json!({ "nbf": NOW })));
    for (seconds, good) in [(-11, false), (-10, true), (69, true), (70, false)] {
        let bearer = verifier.verify(&token, at(seconds)).await;
        assert_eq!(bearer.is_ok(), good, "{seconds}");
        assert!(bearer.map_or(at(60), |bearer| bearer.expires_at) == at(60));
    }
}

#[tokio::test]
async fn times_past_the_calendar_can_still_be_written() {
    for exp in [json!(1e18), json!(u64::MAX), json!(1e300)] {
        let bearer = verify(&good_but(json!({ "exp": exp, "iat": -1e300 }))).await.unwrap();
        assert_eq!(bearer.expires_at.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(bearer.issued_at, Timestamp::default());
    }
}

#[tokio::test]
async fn issuer_and_audience_count_where_configured() {
    let strict = VerifierSettings {
        issuer: Some("https://login.example".to_owned()),
        audience: Some("natter".to_owned()),
        ..settings()
    };
    let strict = verifier(strict);
    let cases = [
        (json!({ "iss": "https://login.example", "aud": "natter" }), true),
        (json!({ "iss": "https://login.example", "aud": ["other", "natter"] }), true),
        (json!({ "iss": "https://login.example" }), false),
        (json!({ "iss": "https://login.example", "aud": [] }), false),
        (json!({ "iss": "https://login.example", "aud": ["natter2"] }), false),
        (json!({ "iss": "https://login.example/", "aud": "natter" }), false),
        (json!({ "aud": "natter" }), false),
        (json!({ "iss": 1, "aud": { "natter": true } }), false),
    ];
    for (change, good) in cases {
        let token = hs256().token(&good_but(change.clone()));
        assert_eq!(strict.verify(&token, now()).await.is_ok(), good, "{change}");
        assert!(verify(&good_but(change)).await.is_ok());
    }
}

#[tokio::test]
async fn sid_names_a_session_of_ours_where_the_secret_signed() {
    let sid = "65c000000000000000000003";
    let bearer = verify(&good_but(json!({ "sid": sid }))).await.unwrap();
    assert!(bearer.own && bearer.session.to_string() == sid);

    for foreign in [json!("8c1f2c1e-5b1f-4c0e-9d5a-1f6f6f0c3a11"), json!(3), json!([sid])] {
        let bearer = verify(&good_but(json!({ "sid": foreign }))).await.unwrap();
        assert!(!bearer.own);
    }

    let signer = Signer::ed();
    let settings = VerifierSettings {
        algorithms: vec![Algorithm::EdDsa],
        public_keys_pem: vec![signer.pem()],
        ..settings()
    };
    let token = signer.token(&good_but(json!({ "sid": sid })));
    assert!(!verifier(settings).verify(&token, now()).await.unwrap().own);
}

#[tokio::test]
async fn a_foreign_token_is_named_by_what_is_signed() {
    let one = verify(&good()).await.unwrap();
    assert_eq!(one.session, verify(&good()).await.unwrap().session);
    assert_ne!(one.session, verify(&good_but(json!({ "jti": "2" }))).await.unwrap().session);
}
