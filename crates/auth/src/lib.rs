//! Access tokens: issuing our own, and verifying ours and those of other issuers.
//!
//! Owns what a JWT must be to count: algorithm, signature, claims, times. Whether a
//! bearer exists and has not logged out is the message service's to say. Never logs a token or a key.

mod admin;
mod algorithm;
mod authenticator;
mod checks;
mod claims;
mod following;
mod issuer;
mod keys;
mod said;
mod settings;
mod verifier;

#[cfg(test)]
mod tests;

pub use admin::AdminToken;
pub use algorithm::Algorithm;
pub use authenticator::{Authenticator, Identity};
pub use issuer::{IssueError, IssuedToken, IssuerSettings, TokenIssuer};
pub use said::ClaimNames;
pub use settings::{KeySetSource, MAX_LEEWAY, SettingsError, VerifierSettings};
pub use verifier::{MAX_TOKEN, TokenError, TokenVerifier};
