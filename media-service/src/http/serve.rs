//! `GET /media/{name}` and `/uploads/{name}`: to everybody who has the name, since an `<img>` sends
//! no token. All names are of one kind, so that either route knows them all.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use natter_domain::ports::{MediaStoreError, StoredObject};
use utoipa::IntoResponses;

use super::range::{Selection, is_known, quoted, select};
use crate::answer::{MediaFailure, Refusal};
use crate::kept::unavailable;
use crate::metrics;
use crate::name::MediaName;
use crate::service::Service;

/// A name's content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The answers, for the description.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers, which are made as they go out")]
enum Served {
    /// The file
    #[response(status = 200, content_type = "application/octet-stream")]
    Whole,
    /// A part of it
    #[response(status = 206, content_type = "application/octet-stream")]
    Part,
    /// The client has it
    #[response(status = 304)]
    Known,
    /// Not found
    #[response(status = 404)]
    Missing(MediaFailure),
    /// No such part
    #[response(status = 416)]
    Beyond,
    /// Try again
    #[response(status = 503)]
    Unavailable(MediaFailure),
}

/// Fetch a file that was uploaded by `POST /api/media/upload`.
#[utoipa::path(
    get,
    path = "/media/{name}",
    tag = "media",
    params(
        ("name" = String, Path, description = "As in the URL that the upload answered"),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
    ),
    responses(Served),
    security(())
)]
pub(crate) async fn media(
    service: State<Arc<Service>>,
    method: Method,
    name: Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    serve(service, method, name, headers).await
}

/// Fetch a file that was uploaded by `POST /api/upload`.
#[utoipa::path(
    get,
    path = "/uploads/{name}",
    tag = "media",
    params(
        ("name" = String, Path, description = "As in the URL that the upload answered"),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
    ),
    responses(Served),
    security(())
)]
pub(crate) async fn uploads(
    service: State<Arc<Service>>,
    method: Method,
    name: Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    serve(service, method, name, headers).await
}

async fn serve(
    State(service): State<Arc<Service>>,
    method: Method,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let name = MediaName::parse(&name).ok_or(Refusal::NoSuchFile)?;
    let found = service.store.head(name.as_str()).await.map_err(refusal)?;
    if is_known(&headers, &found.etag) {
        return Ok((StatusCode::NOT_MODIFIED, validators(&found)).into_response());
    }
    // Ranges are for GET only.
    let selection = match method == Method::GET {
        true => select(&headers, &found.etag, found.size),
        false => Selection::Whole,
    };
    let (status, content_range, range) = match selection {
        Selection::Unsatisfiable => {
            let none = [(header::CONTENT_RANGE, format!("bytes */{}", found.size))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, none).into_response());
        }
        Selection::Whole => (StatusCode::OK, None, None),
        Selection::Part(part) => {
            let text = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), found.size);
            (StatusCode::PARTIAL_CONTENT, Some([(header::CONTENT_RANGE, text)]), Some(part))
        }
    };
    let length = range.as_ref().map_or(found.size, |part| part.end - part.start);
    let body = if method == Method::GET {
        let bytes = service.store.read(name.as_str(), range).await.map_err(refusal)?;
        Body::from_stream(bytes.inspect_ok(|bytes| metrics::serving(bytes.len() as u64)))
    } else {
        Body::empty()
    };
    let length = [(header::CONTENT_LENGTH, length.to_string())];
    Ok((status, validators(&found), safety(&name), length, content_range, body).into_response())
}

fn refusal(error: MediaStoreError) -> Refusal {
    match error {
        MediaStoreError::NotFound => Refusal::NoSuchFile,
        error => unavailable(error),
    }
}

fn validators(found: &StoredObject) -> [(HeaderName, String); 3] {
    [
        (header::ETAG, quoted(&found.etag)),
        (header::CACHE_CONTROL, FOREVER.to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ]
}

/// A browser takes the file for what it is, runs nothing in it, and does not open documents.
fn safety(name: &MediaName) -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, name.format().mimetype()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, if name.format().is_shown() { "inline" } else { "attachment" }),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ]
}
