//! Slow work off the async threads, and bounded: password hashing, image decoding.

use std::{num::NonZeroU16, sync::Arc};

use thiserror::Error;
use tokio::sync::Semaphore;

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BlockingError {
    /// Too much is waiting already. It may be tried again later.
    #[error("too much work is waiting")]
    Overfull,
    /// The work panicked, or the process is ending.
    #[error("the work broke off")]
    BrokenOff,
}

/// Runs closures on blocking threads, a fixed number at once; some more may wait in order, and the
/// rest is refused. Clones share the bounds.
#[derive(Debug, Clone)]
pub struct BlockingPool {
    /// Held while waiting and running.
    places: Arc<Semaphore>,
    /// Held while running.
    threads: Arc<Semaphore>,
}

impl BlockingPool {
    /// At most `at_once` closures run, and at most `waiting` wait.
    pub fn new(at_once: NonZeroU16, waiting: u16) -> Self {
        let at_once = usize::from(at_once.get());
        Self {
            places: Arc::new(Semaphore::new(at_once + usize::from(waiting))),
            threads: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Runs a closure and gives its value. Cancelled while it waits, the closure is not run;
    /// cancelled later, it runs to its end and keeps its place until then.
    ///
    /// # Errors
    /// Too much waiting, or a panic in the closure.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BlockingError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| BlockingError::Overfull)?;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| BlockingError::BrokenOff)?;
        let span = tracing::Span::current();
        let running = tokio::task::spawn_blocking(move || {
            let _held = (place, thread);
            span.in_scope(work)
        });
        running.await.map_err(|_| BlockingError::BrokenOff)
    }
}
