//! What clients are told of what was not carried out: the same in all dialects, but for the texts.

use natter_domain::Code;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

/// Codes of acks, `error` events and HTTP answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ErrorCode {
    Validation,
    UnknownEvent,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Blocked,
    RateLimited,
    TooLarge,
    UnsupportedMedia,
    Resync,
    Unavailable,
    Internal,
}

impl From<Code> for ErrorCode {
    fn from(code: Code) -> Self {
        match code {
            Code::Validation => Self::Validation,
            Code::UnknownEvent => Self::UnknownEvent,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::Forbidden => Self::Forbidden,
            Code::NotFound => Self::NotFound,
            Code::Conflict => Self::Conflict,
            Code::Blocked => Self::Blocked,
            Code::RateLimited => Self::RateLimited,
            Code::TooLarge => Self::TooLarge,
            Code::UnsupportedMedia => Self::UnsupportedMedia,
            Code::Resync => Self::Resync,
            Code::Unavailable => Self::Unavailable,
            Code::Internal => Self::Internal,
        }
    }
}

/// An event of the client's was not carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Failure {
    /// Exact text.
    pub(crate) message: String,
    pub(crate) code: ErrorCode,
    /// Which event.
    pub(crate) event: String,
}

/// The object of an ack of failure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct Refused {
    #[schema(schema_with = never)]
    success: bool,
    /// Exact text.
    error: String,
    code: ErrorCode,
}

impl Refused {
    pub(crate) fn new(error: &str, code: Code) -> Self {
        Self { success: false, error: error.to_owned(), code: code.into() }
    }
}

fn never() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([false])).build()
}
