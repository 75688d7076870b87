//! Tokens as other issuers make them, with another library than the one that verifies.

mod claims;
mod following;
mod issuing;
mod jwks;
mod settings;
mod signatures;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use natter_domain::{Timestamp, UserId};
use serde_json::{Value, json};

use crate::*;

const SECRET: &[u8] = b"a secret of the tests, and of nobody else";
/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000;
const ANN: &str = "65a000000000000000000001";

fn now() -> Timestamp {
    at(0)
}

/// That many seconds later.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis((NOW + seconds) * 1000)
}

fn ann() -> UserId {
    ANN.parse().unwrap()
}

/// Claims of a token of Ann's that is good for a minute.
fn good() -> Value {
    json!({ "sub": ANN, "iat": NOW, "exp": NOW + 60 })
}

/// The same with some of them changed; `null` takes one out.
fn good_but(changes: Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// An issuer's key.
enum Signer {
    Hs256(Vec<u8>),
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    fn rsa(size: KeySize) -> Self {
        Self::Rs256(RsaKeyPair::generate(size).unwrap())
    }

    fn ec() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn ed() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    /// One of each kind with a public key.
    fn asymmetric() -> [Self; 3] {
        [Self::rsa(KeySize::Rsa2048), Self::ec(), Self::ed()]
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Hs256(_) => panic!("a secret has no public key"),
            Self::Rs256(key) => key.public_key().as_der().unwrap(),
            Self::Es256(key) => key.public_key().as_der().unwrap(),
            Self::EdDsa(key) => key.public_key().as_der().unwrap(),
        };
        let base64 = STANDARD.encode(der.as_ref());
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    fn jwk(&self, kid: &str) -> Value {
        let pem = self.pem();
        let key = match self {
            Self::Rs256(_) => DecodingKey::from_rsa_pem(pem.as_bytes()),
            Self::Es256(_) => DecodingKey::from_ec_pem(pem.as_bytes()),
            _ => DecodingKey::from_ed_pem(pem.as_bytes()),
        };
        let jwk = jsonwebtoken::jwk::Jwk::from_decoding_key(&key.unwrap(), None).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        jwk
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Hs256(secret) => {
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
                aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::Rs256(key) => {
                let mut signed = vec![0; key.public_modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signed).unwrap();
                signed
            }
            Self::Es256(key) => key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.name(), "typ": "JWT" }), claims)
    }

    fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes())))
    }
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn hs256() -> Signer {
    Signer::Hs256(SECRET.to_vec())
}

/// Takes HS256 with the tests' secret.
fn settings() -> VerifierSettings {
    VerifierSettings { hs256_secret: Some(SECRET.to_vec()), ..VerifierSettings::default() }
}

fn verifier(settings: VerifierSettings) -> TokenVerifier {
    TokenVerifier::new(settings).unwrap()
}
