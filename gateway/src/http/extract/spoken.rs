//! The dialect that a client speaks.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use natter_domain::{Code, Rejection};

use super::Parameters;
use crate::dialect::{Dialect, DialectId, Operation, UNKNOWN_DIALECT};
use crate::http::{Api, Failure};

/// The dialect that a client speaks: by header `X-Dialect`, else by query, else as configured.
pub(in crate::http) struct Spoken(&'static dyn Dialect);

impl Spoken {
    /// How the dialect puts the rejections of one of its events.
    pub(in crate::http) fn failure(&self, operation: Operation) -> impl Fn(Rejection) -> Failure + use<> {
        Failure::told(self.0, operation)
    }
}

impl Deref for Spoken {
    type Target = dyn Dialect;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl FromRequestParts<Arc<Api>> for Spoken {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Failure> {
        let unknown = || Failure::new(Code::Validation, UNKNOWN_DIALECT);
        let dialect = match parts.headers.get("x-dialect") {
            Some(header) => Some(named(header.to_str().unwrap_or_default()).ok_or_else(unknown)?),
            None => match Parameters::of(&parts.uri).get("dialect")? {
                Some(name) => Some(named(name).ok_or_else(unknown)?),
                None => None,
            },
        };
        Ok(Self(dialect.unwrap_or(api.default_dialect).get()))
    }
}

fn named(name: &str) -> Option<DialectId> {
    DialectId::named(name.trim())
}
