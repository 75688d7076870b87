//! The variable parts of a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use natter_domain::Code;
use serde::de::DeserializeOwned;

use crate::http::Failure;

/// The variable parts of a path, percent-decoded. What is no UTF-8 names nothing that there is.
pub(in crate::http) struct Segments<T>(pub(in crate::http) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let segments = Path::<T>::from_request_parts(parts, state).await;
        segments.map(|Path(segments)| Self(segments)).map_err(|_| Failure::new(Code::NotFound, "Not found"))
    }
}
