//! The media service: takes files in, and serves them.
//!
//! Owns what is taken (by content, size, pixels), the names under which files are issued, and how
//! they are served. Knows neither where files lie (a [`MediaStore`] does) nor who may use them in a
//! conversation (the message service does; it is told of every URL that is issued).

mod admission;
mod answer;
mod authenticate;
mod body;
mod document;
mod filename;
mod format;
mod http;
mod kept;
mod metrics;
mod name;
mod picture;
mod receive;
#[cfg(test)]
mod samples;
mod service;

use std::sync::Arc;

use axum::Router;
use natter_domain::ports::{Clock, MediaStore};
use natter_runtime::commands::Commands;
use natter_runtime::config::{Limit, MediaConfig};
use tokio_util::sync::CancellationToken;

pub use authenticate::Authenticate;
pub use http::openapi;

use admission::Admission;
use picture::Pictures;
use service::Service;

/// What the service needs of the world.
pub struct Ports {
    /// Where files are kept.
    pub store: Arc<dyn MediaStore>,
    /// The way to the message service.
    pub commands: Commands,
    /// Who asks.
    pub authenticate: Arc<dyn Authenticate>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Upload and download. Cheap to clone.
#[derive(Clone)]
pub struct MediaService(Arc<Service>);

impl MediaService {
    /// `uploads_per_minute` is for each user. When `stop` is cancelled, uploads that are still
    /// coming in are cut off and leave nothing; what has come in is answered for.
    pub fn new(
        ports: Ports,
        config: &MediaConfig,
        uploads_per_minute: Limit,
        stop: CancellationToken,
    ) -> Self {
        let Ports { store, commands, authenticate, clock } = ports;
        let public_url = config.public_url.as_ref().map(|url| url.expose().trim_end_matches('/'));
        Self(Arc::new(Service {
            pictures: Pictures::new(Arc::clone(&store), config),
            store,
            commands,
            authenticate,
            clock,
            admission: Admission::new(uploads_per_minute),
            public_url: public_url.unwrap_or_default().to_owned(),
            max_media_size: config.max_media_size,
            max_upload_size: config.max_upload_size,
            max_photo_size: config.max_photo_size,
            stop,
        }))
    }

    /// `POST /api/media/upload` and `/api/upload`, `PUT` and `DELETE
    /// /api/conversations/{id}/photo`, `GET /media/{name}` and `/uploads/{name}`. Request ids, CORS
    /// and logging are its server's.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.0))
    }
}
