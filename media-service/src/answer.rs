//! Answers in the form that all of the HTTP API has.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use natter_domain::{Code, Rejection};
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
            Self::ImageTooLarge { .. } => Code::TooLarge,
            Self::Rejected(rejection) => rejection.code(),
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
        let code = self.code();
        let body = MediaFailure {
            success: false,
            error: self.to_string(),
            code: code.as_str(),
            details: self.details(),
        };
        let mut response = (status(code), Json(body)).into_response();
        if let Self::Rejected(Rejection::RateLimited { retry_after }) = self {
            // Rounded up: who comes back earlier is refused again.
            let seconds = retry_after.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

const fn status(code: Code) -> StatusCode {
    match code {
        Code::Validation | Code::UnknownEvent => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::Blocked => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict | Code::Resync => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
