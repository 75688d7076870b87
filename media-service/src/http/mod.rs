//! The routes.

mod file;
mod photo;
mod range;
mod serve;
mod upload;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use utoipa::OpenApi;

use crate::service::Service;

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/media/upload", post(upload::upload))
        .route("/api/upload", post(file::upload))
        .route("/api/conversations/{id}/photo", put(photo::set).delete(photo::remove))
        // Sizes are counted here, file by file.
        .layer(DefaultBodyLimit::disable())
        .route("/media/{*name}", get(serve::media))
        .route("/uploads/{*name}", get(serve::uploads))
        .with_state(service)
}

/// The routes' part of the API's description. Its operations ask for a security scheme `accessToken`,
/// which the whole document has to define.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(upload::upload, file::upload, photo::set, photo::remove, serve::media, serve::uploads))]
    struct Api;
    Api::openapi()
}
