//! Slow work off the async threads, and bounded: password hashing, image decoding.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{num::NonZeroU16, thread};

use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};

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

type Work = Box<dyn FnOnce() + Send>;

/// Runs closures on threads of its own, a fixed number at once; some more may wait in order, and the
/// rest is refused. Clones share the bounds, and the last one ends the threads.
///
/// Threads of its own, since each thread keeps the memory that its work has used: a hash takes
/// 19 MiB, and on the runtime's blocking threads each of dozens would come to hold twice that.
#[derive(Debug, Clone)]
pub struct BlockingPool {
    /// Held while waiting and running.
    places: Arc<Semaphore>,
    /// Held while running.
    threads: Arc<Semaphore>,
    work: Sender<Work>,
}

impl BlockingPool {
    /// At most `at_once` closures run, and at most `waiting` wait.
    pub fn new(at_once: NonZeroU16, waiting: u16) -> Self {
        let (work, waits) = channel();
        let waits = Arc::new(Mutex::new(waits));
        for _ in 0..at_once.get() {
            let waits = Arc::clone(&waits);
            thread::spawn(move || run_all(&waits));
        }
        let at_once = usize::from(at_once.get());
        Self {
            places: Arc::new(Semaphore::new(at_once + usize::from(waiting))),
            threads: Arc::new(Semaphore::new(at_once)),
            work,
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
        let (done, result) = oneshot::channel();
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| span.in_scope(work)));
            drop((place, thread));
            if let Ok(value) = outcome {
                // Who gave up waiting needs no answer.
                done.send(value).ok();
            }
        };
        self.work.send(Box::new(work)).map_err(|_| BlockingError::BrokenOff)?;
        result.await.map_err(|_| BlockingError::BrokenOff)
    }
}

fn run_all(waits: &Mutex<Receiver<Work>>) {
    loop {
        // The lock is held while waiting: one thread waits for work, the others for the lock.
        let next = waits.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_ended) => return,
        }
    }
}
