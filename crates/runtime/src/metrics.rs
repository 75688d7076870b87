//! The process's metrics, in Prometheus' text format.
//!
//! Components record with the `metrics` crate's macros; names are `natter_<what>_<unit>`, and no
//! label holds an id. Histograms are in seconds unless their name says otherwise.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// Upper bounds of durations, in seconds.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// How often samples that nobody asked for are folded, so that they don't pile up.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Why metrics can't be recorded.
#[derive(Debug, Error)]
#[error("metrics can't be recorded")]
pub struct MetricsError(#[from] BuildError);

/// All that this process has recorded.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts recording. A second call gives the same metrics.
    ///
    /// # Errors
    /// Another recorder has been installed.
    pub fn install() -> Result<Self, MetricsError> {
        static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = match installed.take() {
            Some(handle) => handle,
            None => PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?,
        };
        Ok(Self(installed.insert(handle).clone()))
    }

    /// Everything, as `text/plain; version=0.0.4`.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps samples from piling up where nobody renders them, until the token is cancelled.
    pub async fn upkeep(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP_INTERVAL)).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn what_is_recorded_is_rendered_with_buckets() {
        let metrics = Metrics::install().unwrap();
        metrics::counter!("natter_test_total").increment(2);
        metrics::histogram!("natter_test_seconds").record(0.002);
        let text = Metrics::install().unwrap().render();
        assert!(text.contains("natter_test_total 2"), "{text}");
        assert!(text.contains("natter_test_seconds_bucket{le=\"0.0025\"} 1"), "{text}");
        drop(metrics);
    }
}
