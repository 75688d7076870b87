//! One process: what it starts with, and how it ends.
//!
//! Parts are started one on the other, and ended the other way round.

use std::fmt::Display;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::thread;
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

/// Between attempts at what is not there yet.
const PAUSE: Duration = Duration::from_secs(1);

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A process that is starting, or runs.
pub(crate) struct Process {
    pub(crate) config: Config,
    readiness: Readiness,
    ready: Component,
    metrics: Metrics,
    stop: CancellationToken,
    /// Where health is served, if on an address of its own.
    pub(crate) health_at: Option<SocketAddr>,
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
    let threads = threads(loaded.config.threads);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
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

/// How many threads do the work. By default not one a core: what arrives would wake the others each
/// time, for nothing where the kernel, servers and other services need the cores, too.
fn threads(configured: u16) -> usize {
    match configured {
        0 => thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
        threads => threads.into(),
    }
}

impl Process {
    fn new(config: Config) -> anyhow::Result<Self> {
        let readiness = Readiness::new();
        let ready = readiness.component("services");
        let metrics = Metrics::install()?;
        let stop = stop_on_signals()?;
        Ok(Self { config, readiness, ready, metrics, stop, health_at: None, ends: Vec::new() })
    }

    /// Everything is there: says so, with the address where it is, unless told to stop meanwhile.
    pub(crate) fn listening(&self, address: impl Display) {
        if !self.stop.is_cancelled() {
            self.ready.ready();
            println!("listening on {address}");
        }
    }

    /// Registers something that the process needs. See [`Readiness::component`].
    pub(crate) fn component(&self, name: &'static str) -> Component {
        self.readiness.component(name)
    }

    /// Waits for something, unless told to stop first.
    pub(crate) async fn unless_stopped<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(wait).await
    }

    /// Tries until it succeeds, since services and their servers start in any order; `None` where
    /// the process is told to stop first.
    pub(crate) async fn persist<T, E, F>(
        &self,
        what: &'static str,
        mut attempt: impl FnMut() -> F,
    ) -> Option<T>
    where
        E: std::error::Error + 'static,
        F: Future<Output = Result<T, E>>,
    {
        self.unless_stopped(async {
            loop {
                match attempt().await {
                    Ok(done) => return done,
                    Err(error) => {
                        tracing::warn!(what, error = &error as &dyn std::error::Error, "trying again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        })
        .await
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

    /// What belongs on a port that has other routes: health, and metrics unless they have an address
    /// of their own.
    pub(crate) fn health_routes(&self) -> Router {
        let health = health_routes(self.readiness.clone());
        match self.config.health.listen {
            Some(_) => health,
            None => health.merge(metrics_routes(self.metrics.clone())),
        }
    }

    /// Serves health and metrics on their own address, where there is one.
    pub(crate) async fn serve_health(&mut self) -> anyhow::Result<()> {
        let metrics = self.metrics.clone();
        self.spawn("metrics", |stop| metrics.upkeep(stop));
        let Some(address) = self.config.health.listen else { return Ok(()) };
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .with_context(|| format!("health.listen: {address}"))?;
        self.health_at = Some(listener.local_addr()?);
        let routes: Router =
            health_routes(self.readiness.clone()).merge(metrics_routes(self.metrics.clone()));
        self.spawn("health", |stop| async move {
            if let Err(error) = serve(listener, routes, stop).await {
                tracing::error!(%error, "health is no longer served");
            }
        });
        Ok(())
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
