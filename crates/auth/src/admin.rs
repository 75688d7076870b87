//! What another service proves itself with.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token of whoever may make and change users. Only its hash is kept.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// This one.
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether it is the token, in a time that tells nothing of how much of it is right.
    pub fn is(&self, token: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(token).into();
        self.0.ct_eq(&presented).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_itself_alone() {
        let token = AdminToken::new("a token of the tests, and of nobody else");
        assert!(token.is("a token of the tests, and of nobody else"));
        for other in
            ["", "a", "a token of the tests, and of nobody els", "a token of the tests, and of nobody else "]
        {
            assert!(!token.is(other), "{other}");
        }
    }
}
