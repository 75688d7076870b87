//! Trace context in the headers of messages.
//!
//! Without an exporter of traces no span has a context, and nothing here costs more than that look.

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Headers with the current span's context, where it has one.
pub(crate) fn inject() -> Option<HeaderMap> {
    let context = Span::current().context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = Written(HeaderMap::new());
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    Some(carrier.0)
}

/// Makes the context in the headers, where there is one, the span's parent. To be called before
/// the span is entered.
pub(crate) fn extract(headers: Option<&HeaderMap>, span: &Span) {
    let Some(headers) = headers else { return };
    let context = global::get_text_map_propagator(|propagator| propagator.extract(&Read(headers)));
    if context.span().span_context().is_valid() {
        // Fails only where no traces are exported here.
        let _ = span.set_parent(context);
    }
}

struct Written(HeaderMap);

impl Injector for Written {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (key.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            self.0.insert(name, value);
        }
    }
}

struct Read<'a>(&'a HeaderMap);

impl Extractor for Read<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key.parse::<HeaderName>().ok()?).map(HeaderValue::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_ref()).collect()
    }
}
