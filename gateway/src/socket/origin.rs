//! Which web origins may use the gateway, for HTTP, polling and WebSocket alike.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);

/// Which web origins may use the gateway. A client that sends no `Origin` is no browser and always may.
#[derive(Debug, Clone, Default)]
pub enum OriginPolicy {
    /// Any origin, without credentials.
    #[default]
    Any,
    /// These origins (`https://chat.example`, with the port where it isn't the scheme's own), with
    /// credentials; others are refused.
    Only(Vec<HeaderValue>),
}

impl OriginPolicy {
    /// Whether a request with these headers may open or use a socket.
    #[must_use]
    pub fn allows(&self, headers: &HeaderMap) -> bool {
        match self {
            Self::Any => true,
            Self::Only(origins) => {
                headers.get_all(header::ORIGIN).iter().all(|origin| origins.contains(origin))
            }
        }
    }

    /// The CORS answers of this policy: one layer around the whole router, sockets included.
    pub fn cors_layer(&self) -> CorsLayer {
        let layer = CorsLayer::new()
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            // Not `*`, which leaves `Authorization` out.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
            .max_age(PREFLIGHT_AGE);
        match self {
            Self::Any => layer.allow_origin(AllowOrigin::any()),
            Self::Only(origins) => {
                layer.allow_origin(AllowOrigin::list(origins.iter().cloned())).allow_credentials(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_origin(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn a_list_admits_its_own_and_who_has_none() {
        let policy = OriginPolicy::Only(vec![HeaderValue::from_static("https://a.example")]);
        assert!(policy.allows(&from_origin("https://a.example")));
        assert!(policy.allows(&HeaderMap::new()));
        for other in ["https://b.example", "http://a.example", "https://a.example.evil", "null"] {
            assert!(!policy.allows(&from_origin(other)), "{other}");
        }
    }

    #[test]
    fn a_second_origin_does_not_hide_behind_the_first() {
        let policy = OriginPolicy::Only(vec![HeaderValue::from_static("https://a.example")]);
        let mut headers = from_origin("https://a.example");
        headers.append(header::ORIGIN, HeaderValue::from_static("https://b.example"));
        assert!(!policy.allows(&headers));
    }

    #[test]
    fn any_admits_all() {
        assert!(OriginPolicy::Any.allows(&from_origin("https://b.example")));
    }
}
