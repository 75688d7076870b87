//! From the first signal to the end of the process.
//!
//! Owns signals and the order of draining. What each phase does is its service's.

use std::{io, pin::Pin, process, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell reports for a process that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Cancelled at the first SIGTERM or SIGINT. Clone it, or take child tokens, for whatever must stop.
///
/// A second signal ends the process at once, with code 130.
///
/// # Errors
/// The handlers can't be installed.
pub fn stop_on_signals() -> io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let terminate = signal(SignalKind::terminate())?;
    let interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(watch(terminate, interrupt, stop.clone()));
    Ok(stop)
}

async fn watch(mut terminate: Signal, mut interrupt: Signal, stop: CancellationToken) {
    let mut next = async || {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    let signal = next().await;
    tracing::info!(signal, "stopping");
    stop.cancel();
    let signal = next().await;
    tracing::warn!(signal, "told to stop twice, ending at once");
    process::exit(INTERRUPTED);
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is done before a process ends: phases, one after the other, each with a deadline.
#[derive(Default)]
pub struct Drain(Vec<Phase>);

struct Phase {
    name: &'static str,
    deadline: Duration,
    work: Work,
}

impl Drain {
    /// No phases yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a phase after the others. Its work is dropped where it stands when the deadline, counted
    /// from the phase's start, passes; so it must be cancel safe.
    #[must_use]
    pub fn then(
        mut self,
        name: &'static str,
        deadline: Duration,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        self.0.push(Phase { name, deadline, work: Box::pin(work) });
        self
    }

    /// Runs all phases and gives the names of those that were not done in time.
    pub async fn run(self) -> Vec<&'static str> {
        let mut late = Vec::new();
        for phase in self.0 {
            tracing::debug!(phase = phase.name, "draining");
            if tokio::time::timeout(phase.deadline, phase.work).await.is_err() {
                tracing::warn!(phase = phase.name, deadline = ?phase.deadline, "not drained in time");
                late.push(phase.name);
            }
        }
        late
    }
}
