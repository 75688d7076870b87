//! Whether it is another service that asks.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use natter_domain::Code;
use natter_runtime::api::bearer;

use crate::http::{Api, Failure};

/// A service that may make and change users: it has the admin token.
pub(in crate::http) struct Admin;

impl FromRequestParts<Arc<Api>> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Failure> {
        let Some(token) = bearer(&parts.headers) else {
            return Err(Failure::new(Code::Unauthenticated, "Token required"));
        };
        match api.authenticator.admin() {
            None => Err(Failure::new(Code::Forbidden, "Provisioning is not configured")),
            Some(admin) if admin.is(token) => Ok(Self),
            Some(_) => Err(Failure::new(Code::Unauthenticated, "Invalid token")),
        }
    }
}
