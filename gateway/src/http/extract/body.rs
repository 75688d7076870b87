//! JSON bodies: bounded in size and time, with errors that name the field.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use natter_domain::{Code, Rejection};

use crate::dialect::Fields;
use crate::http::{Api, Failure};

/// How much of one that is too large is read and dropped, in bytes: a client that is still sending when the
/// connection is closed never sees the answer.
const MAX_DISCARDED: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The fields of a JSON object.
pub(in crate::http) struct JsonBody(pub(in crate::http) Fields);

/// The fields of a JSON object, none for an empty body.
pub(in crate::http) struct OptionalJsonBody(pub(in crate::http) Fields);

impl FromRequest<Arc<Api>> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, Failure> {
        Ok(Self(Fields::parse(&read(request, api.max_body).await?)?))
    }
}

impl FromRequest<Arc<Api>> for OptionalJsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, Failure> {
        let body = read(request, api.max_body).await?;
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        Ok(Self(Fields::parse(&body)?))
    }
}

async fn read(request: Request, max: usize) -> Result<Bytes, Failure> {
    let json = is_json(request.headers());
    let body = tokio::time::timeout(BODY_TIMEOUT, collect(request.into_body(), max))
        .await
        .map_err(|_| Rejection::invalid("payload", "did not arrive in time"))??;
    if !body.is_empty() && !json {
        return Err(Failure::new(Code::UnsupportedMedia, "Content-Type must be application/json"));
    }
    Ok(body)
}

async fn collect(mut body: Body, max: usize) -> Result<Bytes, Failure> {
    let mut collected = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Rejection::invalid("payload", "did not arrive whole"))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= max {
            collected.extend_from_slice(&data);
        } else if length <= max.saturating_add(MAX_DISCARDED) {
            collected = BytesMut::new();
        } else {
            break;
        }
    }
    if length > max {
        return Err(Failure::new(Code::TooLarge, "Payload too large"));
    }
    Ok(collected.freeze())
}

/// `application/json` and its kin.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
