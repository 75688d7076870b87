//! The description of the API, and the page that shows it.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use bytes::Bytes;
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::answer::FailureBody;
use super::{Api, schema};

/// The page's own scripts and nothing from elsewhere; it sets styles of elements and has its
/// pictures inside of its scripts.
const DOCS_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Natter",
        description = "Chat over HTTP. Everything that changes here reaches sockets, too: their events are \
            described at `/asyncapi.json`. Messages and conversations are taken and shown in the client's dialect.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(FailureBody, schema::ErrorCode)),
    paths(health::healthz, health::readyz, health::metrics),
    security(("accessToken" = [])),
    modifiers(&AccessToken),
)]
struct Description;

struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("accessToken", SecurityScheme::Http(scheme));
        let admin = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("adminToken", admin);
    }
}

/// Described here, served by whoever runs the process.
mod health {
    #![expect(dead_code, reason = "described, never called")]

    /// Whether the process is alive.
    #[utoipa::path(get, path = "/healthz", tag = "health", security(()),
        responses((status = 200, description = "It is."), (status = 503, description = "It is not.")))]
    pub(super) fn healthz() {}

    /// Whether the process takes requests.
    #[utoipa::path(get, path = "/readyz", tag = "health", security(()),
        responses((status = 200, description = "It does."), (status = 503, description = "It does not.")))]
    pub(super) fn readyz() {}

    /// Prometheus' text format; on a port of its own where one is configured.
    #[utoipa::path(get, path = "/metrics", tag = "health", security(()),
        responses((status = 200, description = "All that was measured.", body = String, content_type = "text/plain")))]
    pub(super) fn metrics() {}
}

/// A router for documented routes.
pub(super) fn documented() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(Description::openapi())
}

/// Says of each operation under `/api` what it answers where nothing else is said of a status.
pub(super) fn with_failures(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let failure = ResponseBuilder::new()
        .description("Why it was not carried out.")
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Failure"))).build(),
        )
        .build();
    let api = description.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/api/"));
    for operation in api.flat_map(|(_, item)| operations(item)) {
        let responses = &mut operation.responses.responses;
        responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(failure.clone()));
    }
    description
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().filter_map(Option::as_mut)
}

/// `/openapi.json` and `/docs`.
pub(super) fn routes<S>(description: &utoipa::openapi::OpenApi) -> Result<Router<S>, serde_json::Error>
where
    S: Clone + Send + Sync + 'static,
{
    // Without this the page asks a server elsewhere whether the document is valid.
    let config = Config::from("/openapi.json").validator_url("none");
    let page = Router::from(SwaggerUi::new("/docs").config(config))
        .layer(set(header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"));
    Ok(document("/openapi.json", description)?.merge(page))
}

/// Serves a document at this path.
///
/// # Errors
/// It can't be written as JSON.
pub(crate) fn document<S>(path: &str, document: &impl Serialize) -> Result<Router<S>, serde_json::Error>
where
    S: Clone + Send + Sync + 'static,
{
    let json = Bytes::from(serde_json::to_vec(document)?);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    Ok(Router::new().route(path, get(move || async move { (headers, json) })))
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
