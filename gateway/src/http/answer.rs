//! Answers in the one form that all of the API has.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use natter_domain::{Code, Page, Rejection};
use natter_runtime::api::{retry_after, status};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::dialect::wire::ErrorCode;
use crate::dialect::{Dialect, Operation};

/// When a client may come back after what a moment may mend.
const SOON: Duration = Duration::from_secs(1);

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Success<T> {
    #[schema(example = true)]
    success: bool,
    data: T,
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Answers 200 with `data`.
pub(super) fn success<T>(data: T) -> Success<T> {
    Success { success: true, data }
}

/// Answers 201 with `data`.
pub(super) fn created<T>(data: T) -> (StatusCode, Success<T>) {
    (StatusCode::CREATED, success(data))
}

/// There is nothing to tell.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Nothing {}

/// Some of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<T> {
    items: Vec<T>,
    /// For the next page; null on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl<T> List<T> {
    pub(super) fn of<S>(page: Page<S>, show: impl FnMut(S) -> T) -> Self {
        let Page { items, next } = page.map(show);
        Self { items, next_cursor: next }
    }
}

/// Why a request was not carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Failure)]
pub(super) struct FailureBody<'a> {
    #[schema(example = false)]
    success: bool,
    /// Exact text.
    #[schema(example = "Conversation not found")]
    error: &'a str,
    code: ErrorCode,
    /// What may help, such as `{field, what}` of a faulty field.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    status: StatusCode,
    code: Code,
    text: Cow<'static, str>,
    details: Option<Value>,
    retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(code: Code, text: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = (code == Code::Unavailable).then_some(SOON);
        Self { status: status(code), code, text: text.into(), details: None, retry_after }
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// A rejection in a dialect's words.
    pub(super) fn of(rejection: &Rejection, text: Cow<'static, str>) -> Self {
        let failure = Self::new(rejection.code(), text);
        match rejection {
            Rejection::Invalid { field, what } => {
                Self { details: Some(json!({"field": field, "what": what})), ..failure }
            }
            Rejection::RateLimited { retry_after } => Self { retry_after: Some(*retry_after), ..failure },
            _ => failure,
        }
    }

    /// How a dialect puts the rejections of one of its events.
    pub(super) fn told(dialect: &'static dyn Dialect, operation: Operation) -> impl Fn(Rejection) -> Self {
        move |rejection| Self::of(&rejection, dialect.rejection(operation, &rejection))
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::of(&rejection, Cow::Owned(rejection.to_string()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = FailureBody {
            success: false,
            error: &self.text,
            code: self.code.into(),
            details: self.details.as_ref(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().extend([retry_after(wait)]);
        }
        response
    }
}
