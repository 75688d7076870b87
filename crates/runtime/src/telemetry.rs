//! Logs and traces of a process.
//!
//! Owns the subscriber, the exporter of traces and the panic hook. Knows nothing of what is logged.

use std::{
    io::{self, IsTerminal},
    panic,
    time::Duration,
};

use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use thiserror::Error;
use tracing_subscriber::{
    EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt, util::TryInitError,
};

use crate::config::{Config, Endpoint, LogFormat, OtlpConfig};

/// How long an export, or the last one at the end, may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why logging or tracing can't start.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter is no filter; the configuration's check finds this first.
    #[error("the log filter can't be used")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter can't be built.
    #[error("the exporter of traces can't be built")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The process has a subscriber already.
    #[error("logging has been started before")]
    Started(#[from] TryInitError),
}

/// Logs and traces, until [`Telemetry::finish`].
#[derive(Debug)]
#[must_use = "traces that were not exported are lost unless `finish` is called"]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logging to standard error and, where configured, exporting traces under the
    /// process's name. Once a process. Panics are logged from here on.
    ///
    /// # Errors
    /// A filter or an endpoint that can't be used, or a second start.
    pub fn start(config: &Config, process: &'static str) -> Result<Self, TelemetryError> {
        let filter = EnvFilter::try_new(&config.log)?;
        let lines =
            tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
        let lines = match config.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        let traces = match &config.otlp.endpoint {
            Some(endpoint) => Some(exporter(endpoint, &config.otlp, process)?),
            None => None,
        };
        let spans =
            traces.as_ref().map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer(process)));
        tracing_subscriber::registry().with(filter).with(spans).with(lines).try_init()?;
        global::set_text_map_propagator(TraceContextPropagator::new());
        panic::set_hook(Box::new(log_panic));
        Ok(Self { traces })
    }

    /// Exports what is left of the traces. Blocks for at most 5 s: call it where that is allowed,
    /// as the last thing a process does.
    pub fn finish(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown_with_timeout(EXPORT_TIMEOUT)
        {
            tracing::warn!(%error, "the last traces were not exported");
        }
    }
}

fn exporter(
    endpoint: &Endpoint,
    config: &OtlpConfig,
    process: &'static str,
) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(traces_url(endpoint.expose()))
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let sampler = Sampler::TraceIdRatioBased(config.sample_ratio);
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_resource(Resource::builder().with_service_name(process).build())
        .build())
}

/// The place of traces below a collector's base URL, by the OTLP specification.
fn traces_url(base: &str) -> String {
    const PATH: &str = "/v1/traces";
    let base = base.trim_end_matches('/');
    match base.ends_with(PATH) {
        true => base.to_owned(),
        false => format!("{base}{PATH}"),
    }
}

fn log_panic(panic: &panic::PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, message, "panicked");
}

#[cfg(test)]
mod tests {
    use super::traces_url;

    #[test]
    fn a_collectors_base_url_gets_the_path_of_traces_once() {
        for base in ["http://localhost:4318", "http://localhost:4318/", "http://localhost:4318/v1/traces"] {
            assert_eq!(traces_url(base), "http://localhost:4318/v1/traces");
        }
    }
}
