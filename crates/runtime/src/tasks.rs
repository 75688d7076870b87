//! Background tasks that are counted, bounded and waited for.

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// As many tasks as are allowed are running, or they were told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no more background tasks are taken on")]
pub struct NoRoom;

/// A bounded set of background tasks, stopped together.
#[derive(Debug, Clone)]
pub struct Tasks {
    tracker: TaskTracker,
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Tasks {
    /// At most `at_once` tasks, told to stop when `stop` is cancelled.
    pub fn new(at_once: usize, stop: &CancellationToken) -> Self {
        Self {
            tracker: TaskTracker::new(),
            room: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            stop: stop.child_token(),
        }
    }

    /// Cancelled when the tasks should come to an end; long ones watch it.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Starts a task if there is room, and doesn't wait for any.
    ///
    /// # Errors
    /// No room, or stopped.
    pub fn try_spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<(), NoRoom> {
        if self.stop.is_cancelled() {
            return Err(NoRoom);
        }
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| NoRoom)?;
        self.tracker.spawn(async move {
            task.await;
            drop(place);
        });
        Ok(())
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.tracker.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Tells all to stop, takes no more, and waits; gives how many still run after `deadline`.
    pub async fn finish(&self, deadline: Duration) -> usize {
        self.stop.cancel();
        self.room.close();
        self.tracker.close();
        let ended = tokio::time::timeout(deadline, self.tracker.wait()).await;
        ended.map_or_else(|_| self.tracker.len(), |()| 0)
    }
}
