//! Who asks.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use natter_auth::Identity;
use natter_domain::{Code, Rejection, UserId};

use crate::http::{Api, Failure};

/// Who asks: somebody with a valid access token.
pub(in crate::http) struct Caller(Identity);

impl Caller {
    pub(in crate::http) fn id(&self) -> UserId {
        self.0.user.id
    }
}

impl Deref for Caller {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
    }
}

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Failure> {
        let unauthenticated = |text| Failure::new(Code::Unauthenticated, text);
        let token = bearer(&parts.headers).ok_or_else(|| unauthenticated("Token required"))?;
        api.authenticator.authenticate(token).await.map(Self).map_err(|rejection| match rejection {
            Rejection::UserNotFound => unauthenticated("User not found"),
            Rejection::Unavailable | Rejection::Internal => rejection.into(),
            _ => unauthenticated("Invalid token"),
        })
    }
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
            ("Bearer a b", Some("a b")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic abc", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), expected, "{value:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
