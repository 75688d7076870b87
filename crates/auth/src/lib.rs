//! Access tokens: issuing our own, and verifying ours and those of other issuers.
//!
//! Owns what a JWT must be to count: algorithm, signature, claims, times. Knows neither users nor
//! sessions: whether a bearer exists and has not logged out is for whoever has the store. Never
//! logs a token or a key.

mod algorithm;
mod claims;
mod issuer;
mod keys;
mod settings;
mod verifier;

pub use algorithm::Algorithm;
pub use issuer::{IssueError, IssuedToken, IssuerSettings, TokenIssuer};
pub use settings::{KeySetSource, MAX_LEEWAY, SettingsError, VerifierSettings};
pub use verifier::{MAX_TOKEN, TokenError, TokenVerifier};
