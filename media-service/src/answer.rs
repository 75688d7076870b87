//! Answers in the form that all of the HTTP API has.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use natter_domain::{Code, Rejection};
use natter_runtime::api::{retry_after, status};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// Always true.
    success: bool,
    data: T,
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Answers 200 with `data`.
pub(crate) fn success<T>(data: T) -> Success<T> {
    Success { success: true, data }
}

/// Why a request was not carried out, as clients see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MediaFailure {
    /// Always false.
    success: bool,
    /// Exact text.
    #[schema(example = "File too large")]
    error: String,
    /// One of the API's codes.
    #[schema(example = "TOO_LARGE")]
    code: &'static str,
    /// What may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Token required")]
    TokenRequired,
    #[error("Invalid token")]
    InvalidToken,
    #[error("No file")]
    NoFile,
    #[error("Not found")]
    NoSuchFile,
    /// As of an unsupported type, with the status that clients of `POST /api/upload` know.
    #[error("Invalid file type")]
    InvalidFileType,
    /// An image with more pixels, or more memory to decode, than is allowed.
    #[error("File too large")]
    ImageTooLarge { max_pixels: u64 },
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl Refusal {
    pub(crate) const UNAVAILABLE: Self = Self::Rejected(Rejection::Unavailable);

    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::TokenRequired | Self::InvalidToken => Code::Unauthenticated,
            Self::NoFile => Code::Validation,
            Self::NoSuchFile => Code::NotFound,
            Self::InvalidFileType => Code::UnsupportedMedia,
            Self::ImageTooLarge { .. } => Code::TooLarge,
            Self::Rejected(rejection) => rejection.code(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidFileType => StatusCode::BAD_REQUEST,
            other => status(other.code()),
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::ImageTooLarge { max_pixels } => Some(json!({ "maxPixels": max_pixels })),
            Self::Rejected(Rejection::Invalid { field, what }) => {
                Some(json!({ "field": field, "what": what }))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = MediaFailure {
            success: false,
            error: self.to_string(),
            code: self.code().as_str(),
            details: self.details(),
        };
        let mut response = (self.status(), Json(body)).into_response();
        if let Self::Rejected(Rejection::RateLimited { retry_after: wait }) = self {
            response.headers_mut().extend([retry_after(wait)]);
        }
        response
    }
}
