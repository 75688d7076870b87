//! Who asks.

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use natter_domain::{Rejection, UserRef};

use crate::answer::Refusal;

/// Tells whose a token is. Whatever has the keys and the sessions implements it.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The bearer of a valid token.
    ///
    /// # Errors
    /// [`Rejection::Unavailable`] where it can't be told now; anything else means that the token is
    /// not valid.
    async fn authenticate(&self, token: &str) -> Result<UserRef, Rejection>;
}

/// The one who sent a request with these headers.
pub(crate) async fn caller(with: &dyn Authenticate, headers: &HeaderMap) -> Result<UserRef, Refusal> {
    let token = bearer(headers).ok_or(Refusal::TokenRequired)?;
    with.authenticate(token).await.map_err(|rejection| match rejection {
        Rejection::Unavailable | Rejection::Internal | Rejection::RateLimited { .. } => {
            Refusal::Rejected(rejection)
        }
        _ => Refusal::InvalidToken,
    })
}

/// The token of `Authorization: Bearer <token>`; the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_from_the_header() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), expected, "{value:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
