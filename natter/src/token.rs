//! `natter token`: an access token for a user, made with the configured secret, or with the one
//! that standalone keeps in its data directory. It belongs to no session, so it lasts until it
//! expires or the user logs out everywhere.

use std::io::{self, Write};

use anyhow::{Context, ensure};
use natter_domain::{id::UserId, time::Timestamp};
use natter_runtime::{
    config::{Algorithm, Config, Secret, Sources},
    secret_file,
};

use crate::tokens;

/// Prints a token that is good from now on, and nothing else.
pub(crate) fn run(sources: &Sources, user: UserId, now: Timestamp) -> anyhow::Result<()> {
    let config = sources.load()?.config;
    ensure!(
        config.auth.algorithms.contains(&Algorithm::Hs256),
        "auth.algorithms has no HS256, so tokens come from another issuer"
    );
    let secret = secret(&config)?;
    let issued = tokens::issuer(&config.auth, &secret)?.issue(user, None, now)?;
    // Whoever closes the pipe early has read enough.
    let _ = writeln!(io::stdout(), "{}", issued.token);
    Ok(())
}

fn secret(config: &Config) -> anyhow::Result<Secret> {
    match &config.auth.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => secret_file::load(&config.standalone.data_dir).context("no secret for tokens"),
    }
}
