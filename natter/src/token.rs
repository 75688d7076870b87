//! `natter token`: an access token for a user, made with the configured secret, or with the one
//! that standalone keeps in its data directory. It belongs to no session, so it lasts until it
//! expires or the user logs out everywhere.

use std::io::{self, Write};

use anyhow::{Context, ensure};
use natter_auth::{IssuerSettings, TokenIssuer};
use natter_domain::{id::UserId, time::Timestamp};
use natter_runtime::{
    config::{Algorithm, AuthConfig, Config, Secret, Sources},
    secret_file,
};

/// Prints a token that is good from now on, and nothing else.
pub(crate) fn run(sources: &Sources, user: UserId, now: Timestamp) -> anyhow::Result<()> {
    let config = sources.load()?.config;
    ensure!(
        config.auth.algorithms.contains(&Algorithm::Hs256),
        "auth.algorithms has no HS256, so tokens come from another issuer"
    );
    let secret = secret(&config)?;
    let issued = issuer(&config.auth, &secret)?.issue(user, None, now)?;
    // Whoever closes the pipe early has read enough.
    let _ = writeln!(io::stdout(), "{}", issued.token);
    Ok(())
}

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

fn secret(config: &Config) -> anyhow::Result<Secret> {
    match &config.auth.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => secret_file::load(&config.standalone.data_dir).context("no secret for tokens"),
    }
}
