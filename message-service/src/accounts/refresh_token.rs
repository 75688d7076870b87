//! Refresh tokens: 32 secret bytes, as base64url; the store has their SHA-256 only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use natter_domain::ports::store::TokenHash;
use sha2::{Digest, Sha256};

/// Goes into a successor, and is kept.
pub(super) type Salt = [u8; 32];

/// A refresh token. Not printed by `Debug`, since there is none.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// A session's first.
    pub(super) fn generate() -> Self {
        Self(rand::random())
    }

    /// As a client presents it; `None` where it can be none of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // A longer text is not even decoded.
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What the store keeps.
    pub(super) fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }

    /// The next one. Who has the store, and so the salt, can't derive it, since the store does not
    /// have this one.
    pub(super) fn successor(&self, salt: &Salt) -> Self {
        Self(Sha256::new().chain_update(salt).chain_update(self.0).finalize().into())
    }
}

/// As a client gets it.
impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        let token = RefreshToken::generate();
        assert!(RefreshToken::parse(&token.to_string()) == Some(token));
    }

    #[test]
    fn anything_else_is_none_of_ours() {
        for text in ["", "a", &"a".repeat(44), &"*".repeat(43), &"é".repeat(21), &"a".repeat(1_000_000)] {
            assert!(RefreshToken::parse(text).is_none());
        }
    }

    #[test]
    fn a_successor_follows_from_token_and_salt() {
        let (token, salt) = (RefreshToken::generate(), [7; 32]);
        assert!(token.successor(&salt) == token.successor(&salt));
        assert!(token.successor(&salt) != token.successor(&[8; 32]));
        assert!(token.successor(&salt) != RefreshToken::generate().successor(&salt));
    }
}
