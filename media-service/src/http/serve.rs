//! `GET /media/{name}`: to everybody who has the name, since an `<img>` sends no token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use natter_domain::ports::{MediaStoreError, StoredObject};

use super::range::{Selection, is_known, quoted, select};
use crate::answer::{MediaFailure, Refusal};
use crate::kept::unavailable;
use crate::metrics;
use crate::name::MediaName;
use crate::service::Service;

/// A name's content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Fetch a file.
#[utoipa::path(
    get,
    path = "/media/{name}",
    tag = "media",
    params(
        ("name" = String, Path, description = "As in the URL that the upload answered"),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 206, description = "A part of it", content_type = "application/octet-stream"),
        (status = 304, description = "The client has it"),
        (status = 404, description = "Not found", body = MediaFailure),
        (status = 416, description = "No such part"),
        (status = 503, description = "Try again", body = MediaFailure),
    ),
    security(())
)]
pub(crate) async fn serve(
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

/// A browser takes the file for what it is, and runs nothing in it.
fn safety(name: &MediaName) -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, name.format().mimetype()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // All formats that we issue are images and videos, which browsers only show.
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ]
}
