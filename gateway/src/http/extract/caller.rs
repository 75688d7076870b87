//! Who asks.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use natter_auth::Identity;
use natter_domain::{Code, Rejection, UserId};
use natter_runtime::api::bearer;

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
