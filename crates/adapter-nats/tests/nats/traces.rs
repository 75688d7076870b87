//! A command's trace goes on where it is carried out. The only test here that has a subscriber.

use std::sync::{Arc, Mutex};

use crate::support::{PATIENCE, ask, connect, contacts};
use async_trait::async_trait;
use natter_domain::Rejection;
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{CommandBus as _, CommandHandler, Service};
use natter_test_servers::Server;
use opentelemetry::global;
use opentelemetry::trace::{TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn current() -> TraceId {
    Span::current().context().span().span_context().trace_id()
}

#[derive(Default)]
struct Seen(Mutex<Vec<TraceId>>);

#[async_trait]
impl CommandHandler for Seen {
    async fn handle(&self, _: Command) -> Result<Reply, Rejection> {
        self.0.lock().unwrap().push(current());
        Ok(Reply::Done(()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_goes_over_the_bus() {
    let traces = SdkTracerProvider::builder().build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(traces.tracer("test")))
        .init();
    let server = Server::nats();
    let [here, there] = [connect(server.port()).await, connect(server.port()).await];
    let seen = Arc::<Seen>::default();
    let _serving = there.serve(Service::Message, Arc::clone(&seen) as _).await.unwrap();
    let asked = async {
        ask(&here, contacts(1), PATIENCE).await.unwrap();
        current()
    };
    let trace = asked.instrument(tracing::info_span!("ask")).await;
    assert_ne!(trace, TraceId::INVALID);
    assert_eq!(*seen.0.lock().unwrap(), [trace]);
}
