//! From the configuration to who issues and verifies tokens.

use std::fs;

use anyhow::Context;
use natter_auth::{
    AdminToken, ClaimNames, IssuerSettings, KeySetSource, TokenIssuer, TokenVerifier, VerifierSettings,
};
use natter_runtime::config::{Algorithm, AuthConfig, Provision, Secret};

/// The issuer of our own tokens.
pub(crate) fn issuer(auth: &AuthConfig, secret: &Secret) -> anyhow::Result<TokenIssuer> {
    let settings = IssuerSettings {
        hs256_secret: secret.expose().as_bytes().to_vec(),
        access_token_ttl: auth.access_token_ttl,
        issuer: auth.issuer.clone(),
        audience: auth.audience.clone(),
    };
    TokenIssuer::new(settings).context("the configuration allows no tokens of our own")
}

/// The verifier of our own and of others' tokens.
pub(crate) fn verifier(auth: &AuthConfig, secret: &Secret) -> anyhow::Result<TokenVerifier> {
    let mut public_keys_pem: Vec<_> = auth.public_key.iter().cloned().collect();
    if let Some(path) = &auth.public_key_file {
        let pem = fs::read_to_string(path)
            .with_context(|| format!("auth.public_key_file: {} can't be read", path.display()))?;
        public_keys_pem.push(pem);
    }
    let file = auth.jwks_file.clone().map(KeySetSource::File);
    let url = auth.jwks_url.as_ref().map(|url| KeySetSource::Url(url.expose().to_owned()));
    let settings = VerifierSettings {
        algorithms: auth.algorithms.iter().map(|algorithm| algorithm_of(*algorithm)).collect(),
        hs256_secret: Some(secret.expose().as_bytes().to_vec()),
        public_keys_pem,
        jwks: file.or(url),
        jwks_refresh: auth.jwks_refresh,
        issuer: auth.issuer.clone(),
        audience: auth.audience.clone(),
        leeway: auth.leeway,
    };
    TokenVerifier::new(settings).context("the configuration allows no tokens")
}

/// What whoever may make and change users proves it with.
pub(crate) fn admin(auth: &AuthConfig) -> Option<AdminToken> {
    auth.admin_token.as_ref().map(|token| AdminToken::new(token.expose()))
}

/// From which claims users are made on first sight, where they are.
pub(crate) fn admitted_by(auth: &AuthConfig) -> Option<ClaimNames> {
    (auth.provision == Provision::OnFirstSight).then(|| ClaimNames {
        username: auth.username_claim.clone(),
        name: auth.name_claim.clone(),
        picture: auth.picture_claim.clone(),
        email: auth.email_claim.clone(),
    })
}

fn algorithm_of(algorithm: Algorithm) -> natter_auth::Algorithm {
    match algorithm {
        Algorithm::Hs256 => natter_auth::Algorithm::Hs256,
        Algorithm::Rs256 => natter_auth::Algorithm::Rs256,
        Algorithm::Es256 => natter_auth::Algorithm::Es256,
        Algorithm::EdDsa => natter_auth::Algorithm::EdDsa,
    }
}
