//! One process: what it starts with, and how it ends.
//!
//! Parts are started one on the other, and ended the other way round.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use natter_runtime::config::{Config, Sources};
use natter_runtime::health::{Component, Readiness, health_routes, metrics_routes, serve};
use natter_runtime::metrics::Metrics;
use natter_runtime::shutdown::{Drain, stop_on_signals};
use natter_runtime::telemetry::Telemetry;
use tokio_util::sync::CancellationToken;

/// How long each part may take to end, beyond what it was configured to take.
pub(crate) const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A process that is starting, or runs.
pub(crate) struct Process {
    pub(crate) config: Config,
    readiness: Readiness,
    ready: Component,
    metrics: Metrics,
    stop: CancellationToken,
    /// How each part ends, in the order in which they were started.
    ends: Vec<(&'static str, Duration, Work)>,
}

/// Loads the configuration, has `start` start the parts, runs until told to stop, and drains.
pub(crate) fn run<F>(sources: &Sources, name: &'static str, start: F) -> anyhow::Result<()>
where
    F: AsyncFnOnce(&mut Process) -> anyhow::Result<()>,
{
    let loaded = sources.load()?;
    let telemetry = Telemetry::start(&loaded.config, name)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(async {
        let mut process = Process::new(loaded.config)?;
        start(&mut process).await?;
        process.until_told().await;
        anyhow::Ok(())
    });
    runtime.shutdown_timeout(DRAIN_DEADLINE);
    telemetry.finish();
    ran
}

impl Process {
    fn new(config: Config) -> anyhow::Result<Self> {
        let readiness = Readiness::new();
        let ready = readiness.component("services");
        let metrics = Metrics::install()?;
        let stop = stop_on_signals()?;
        Ok(Self { config, readiness, ready, metrics, stop, ends: Vec::new() })
    }

    /// Everything is there: says so, with the address where it is.
    pub(crate) fn listening(&self, address: SocketAddr) {
        self.ready.ready();
        println!("listening on http://{address}");
    }

    /// Has a started part ended by `work`, which may take [`DRAIN_DEADLINE`] longer than
    /// `expected`.
    pub(crate) fn on_stop(
        &mut self,
        part: &'static str,
        expected: Duration,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.ends.push((part, expected + DRAIN_DEADLINE, Box::pin(work)));
    }

    /// Runs `work`, which ends after its token is cancelled, until the parts that are started after
    /// it have ended.
    pub(crate) fn spawn<F>(&mut self, part: &'static str, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(stop.clone()));
        self.on_stop(part, Duration::ZERO, async move {
            stop.cancel();
            // A part that panicked has said so.
            task.await.ok();
        });
    }

    /// Serves health and metrics on their own address, where there is one; and answers what belongs
    /// on a port that has others.
    pub(crate) async fn health(&mut self) -> anyhow::Result<Router> {
        let metrics = self.metrics.clone();
        self.spawn("metrics", |stop| metrics.upkeep(stop));
        let (health, metrics) = (health_routes(self.readiness.clone()), metrics_routes(self.metrics.clone()));
        let Some(address) = self.config.health.listen else { return Ok(health.merge(metrics)) };
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .with_context(|| format!("health.listen: {address}"))?;
        let routes: Router = health.clone().merge(metrics);
        self.spawn("health", |stop| async move {
            if let Err(error) = serve(listener, routes, stop).await {
                tracing::error!(%error, "health is no longer served");
            }
        });
        Ok(health)
    }

    async fn until_told(self) {
        self.stop.cancelled().await;
        self.readiness.drain();
        // Load balancers get time to notice before anybody is sent away.
        let pre_stop = self.config.gateway.pre_stop;
        let unready = Drain::new().then("unready", pre_stop + DRAIN_DEADLINE, tokio::time::sleep(pre_stop));
        let drain = self.ends.into_iter().rev();
        drain.fold(unready, |drain, (part, deadline, work)| drain.then(part, deadline, work)).run().await;
    }
}
