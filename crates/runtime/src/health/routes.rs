//! `/healthz`, `/readyz`, `/startupz` and `/metrics`.

use std::{future::IntoFuture, io, time::Duration};

use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Readiness, Report};
use crate::metrics::Metrics;

/// How long requests under way may take once the listener is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// The three health endpoints. Each answers 200 or 503, with a [`Report`] as JSON.
pub fn health_routes<S>(readiness: Readiness) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let ready = readiness.clone();
    let started = readiness.clone();
    Router::new()
        // Alive is who answers; a process that waits for its broker must not be killed for it.
        .route("/healthz", get(async move || answer(true, readiness.report())))
        .route(
            "/readyz",
            get(async move || {
                let report = ready.report();
                answer(report.ready, report)
            }),
        )
        .route(
            "/startupz",
            get(async move || {
                let report = started.report();
                answer(report.started, report)
            }),
        )
}

/// The metrics endpoint.
pub fn metrics_routes<S>(metrics: Metrics) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let text = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    Router::new().route("/metrics", get(async move || ([text], metrics.render()).into_response()))
}

/// Serves routes on their own listener until the token is cancelled; requests under way then have
/// 2 s.
///
/// # Errors
/// Those of the listener.
pub async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) -> io::Result<()> {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    let serving =
        axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    tokio::select! {
        served = serving => served,
        () = late => Ok(()),
    }
}

fn answer(good: bool, report: Report) -> Response {
    let status = match good {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let fresh = (header::CACHE_CONTROL, "no-store");
    (status, [fresh], Json(report)).into_response()
}
