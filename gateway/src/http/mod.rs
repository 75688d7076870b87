//! The HTTP API: a file a resource.
//!
//! Owns the routes, the form of answers, and what each request may cost. A handler takes a request
//! apart, has one command carried out, and shows its reply in the client's dialect. Knows nothing of
//! sockets and none of the rules. Media, health and the sockets' own route come from elsewhere and
//! are served alongside: see [`router`].

mod activity;
mod answer;
mod around;
mod auth;
mod blocks;
mod conversations;
mod demo;
mod extract;
mod history;
mod messages;
mod openapi;
mod participants;
mod presence;
mod provisioning;
mod reactions;
mod receipts;
mod schema;
mod sync;
mod users;
mod web;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_extractor_with_state, from_fn};
use natter_auth::Authenticator;
use natter_domain::Code;
use natter_domain::ports::Clock;
use natter_runtime::commands::Commands;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::address::ClientAddresses;
use crate::dialect::DialectId;
use crate::limits::Limits;
use crate::socket::OriginPolicy;

use answer::Failure;
pub use demo::{DemoSession, DemoUsers};
use extract::Spoken;
pub(crate) use openapi::document;

/// What the API works with.
pub(crate) struct Api {
    /// Carries out what is asked for.
    pub(crate) commands: Commands,
    /// Tells who asks. The same one as the sockets', which hears of revocations.
    pub(crate) authenticator: Arc<Authenticator>,
    /// The same ones as the sockets'.
    pub(crate) limits: Arc<Limits>,
    /// Of clients that name none.
    pub(crate) default_dialect: DialectId,
    /// For the ids that are made here.
    pub(crate) clock: Arc<dyn Clock>,
    /// Tells where clients are.
    pub(crate) addresses: Arc<ClientAddresses>,
    /// Largest JSON body, in bytes.
    pub(crate) max_body: usize,
    /// Only in demo mode.
    pub(crate) demo: Option<Arc<dyn DemoUsers>>,
}

/// Something that is served alongside the API.
pub struct Alongside {
    /// Its routes.
    pub routes: Router,
    /// What describes them.
    pub description: Option<utoipa::openapi::OpenApi>,
}

/// Everything on the port: the API with its description, the demo page, and what comes from
/// elsewhere. Ids of requests, CORS, and answers to panics, to unknown routes and to wrong methods
/// are the same for all of it.
///
/// # Errors
/// The description can't be written as JSON.
pub(crate) fn router(
    api: Arc<Api>,
    alongside: Vec<Alongside>,
    origins: &OriginPolicy,
) -> Result<Router, serde_json::Error> {
    let (routes, mut description) = openapi::documented().merge(documented_routes()).split_for_parts();
    // Answers hold tokens and messages.
    let no_store = HeaderValue::from_static("no-store");
    // Every route minds the dialect, whether it shows anything in it or not.
    let dialect = from_extractor_with_state::<Spoken, _>(api.clone());
    let mut router = routes
        .route_layer(dialect)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store))
        .merge(demo::routes())
        .with_state(api)
        .merge(web::routes());
    for other in alongside {
        router = router.merge(other.routes);
        if let Some(other) = other.description {
            description.merge(other);
        }
    }
    Ok(surrounded(router.merge(openapi::routes(&openapi::with_failures(description))?), origins))
}

/// What is the same for all routes of a port, around them.
pub(crate) fn surrounded(routes: Router, origins: &OriginPolicy) -> Router {
    routes
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(around::panicked))
        .layer(origins.cors_layer())
        .layer(from_fn(around::identify))
}

fn documented_routes() -> utoipa_axum::router::OpenApiRouter<Arc<Api>> {
    auth::routes()
        .merge(users::routes())
        .merge(provisioning::routes())
        .merge(blocks::routes())
        .merge(presence::routes())
        .merge(conversations::routes())
        .merge(participants::routes())
        .merge(history::routes())
        .merge(receipts::routes())
        .merge(messages::routes())
        .merge(reactions::routes())
        .merge(sync::routes())
        .merge(activity::routes())
}

async fn unknown() -> Failure {
    Failure::new(Code::NotFound, "Not found")
}

async fn wrong_method() -> Failure {
    Failure::new(Code::NotFound, "Method not allowed").with_status(StatusCode::METHOD_NOT_ALLOWED)
}
