//! The demo page: the files of `web/`, which are in the binary.
//!
//! Knows nothing of what the page does.

use std::borrow::Cow;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Nothing from elsewhere, nothing inline, in nobody's frame; sockets of the page's own server.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; \
    style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

#[derive(RustEmbed)]
#[folder = "../web/"]
struct Files;

/// A route for each file; `index.html` at `/`, too.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let pages = Files::iter().filter(|path| !path.ends_with(".md"));
    pages.fold(Router::new(), |router, path| {
        let Some(page) = Files::get(&path).and_then(|file| Page::of(&path, file)) else { return router };
        let serve = move |headers: HeaderMap| async move { page.serve(&headers) };
        let router = match &*path {
            "index.html" => router.route("/", get(serve.clone())),
            _ => router,
        };
        router.route(&format!("/{path}"), get(serve))
    })
}

/// One file, as it is served.
#[derive(Clone)]
struct Page {
    content: Bytes,
    content_type: HeaderValue,
    /// By the content: the same in every process of the same build.
    tag: HeaderValue,
}

impl Page {
    fn of(path: &str, file: EmbeddedFile) -> Option<Self> {
        let content_type = match path.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8".to_owned(),
            _ => match file.metadata.mimetype() {
                text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
                other => other.to_owned(),
            },
        };
        let digest: String =
            file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            content: match file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => content.into(),
            },
            content_type: content_type.parse().ok()?,
            tag: format!("\"{digest}\"").parse().ok()?,
        })
    }

    fn serve(&self, headers: &HeaderMap) -> Response {
        const ALWAYS: [(HeaderName, &str); 4] = [
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        let tag = [(header::ETAG, self.tag.clone())];
        if self.is_known(headers) {
            return (StatusCode::NOT_MODIFIED, ALWAYS, tag).into_response();
        }
        let content_type = [(header::CONTENT_TYPE, self.content_type.clone())];
        (ALWAYS, tag, content_type, self.content.clone()).into_response()
    }

    /// Whether the client has it already.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = known.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").as_bytes() == self.tag.as_bytes())
    }
}
