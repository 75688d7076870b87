//! Around every request, whoever serves it: its id, its span, its measurements, and what a panic
//! becomes.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::histogram;
use natter_domain::Code;
use tracing::Instrument;
use tracing::field::Empty;

use super::Failure;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a client, in bytes.
const MAX_REQUEST_ID: usize = 128;

/// Gives the request an id, or keeps its own, and tells it in the response; traces and measures. Of
/// the path only the route is told: the rest may be what gives access to a file.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = own_id(request.headers()).unwrap_or_else(new_id);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let method = method(request.method());
    let span =
        tracing::info_span!("request", id = id.to_str().unwrap_or_default(), method, route, status = Empty);
    let start = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("status", status.as_u16());
    span.in_scope(|| tracing::debug!(elapsed = ?start.elapsed(), "answered"));
    histogram!("natter_http_seconds", "method" => method, "route" => route, "status" => status.as_u16().to_string())
        .record(start.elapsed());
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The client's own id, where it is a short one of visible ASCII.
fn own_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?.as_bytes();
    let sane = (1..=MAX_REQUEST_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
    // A copy: a header that is kept pins the connection's read buffer.
    sane.then(|| HeaderValue::from_bytes(id).ok()).flatten()
}

fn new_id() -> HeaderValue {
    let id = format!("{:032x}", rand::random::<u128>());
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
}

/// As a label: clients may send any word as a method.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// What a client is told of a panic. The panic hook has logged it.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("a request's handler panicked");
    Failure::new(Code::Internal, "Internal error").into_response()
}
