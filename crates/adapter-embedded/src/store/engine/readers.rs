//! A few connections for reading, used on blocking threads.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::super::fault::Fault;
use super::connection;

/// Reads at the same time.
const CONNECTIONS: usize = 4;
/// Reads under way or waiting; one more is [`Fault::Full`].
const WAITING: usize = 4_096;

pub(super) struct Readers {
    idle: Arc<Idle>,
    free: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

struct Idle(Mutex<Vec<Connection>>);

impl Idle {
    fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A connection that goes back also if its user panics.
struct Borrowed {
    connection: Option<Connection>,
    idle: Arc<Idle>,
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.give_back(connection);
        }
    }
}

impl Readers {
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connections = (0..CONNECTIONS).map(|_| connection::reader(file)).collect::<Result<_, _>>()?;
        Ok(Self {
            idle: Arc::new(Idle(Mutex::new(connections))),
            free: Arc::new(Semaphore::new(CONNECTIONS)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _waits = self.waiting.try_acquire().map_err(|_| Fault::Full)?;
        let turn = self.free.clone().acquire_owned().await.map_err(|_| Fault::Closed)?;
        let idle = self.idle.clone();
        let read = tokio::task::spawn_blocking(move || {
            let borrowed = Borrowed { connection: idle.take(), idle };
            let connection = borrowed.connection.as_ref().ok_or(Fault::Closed)?;
            // All of a unit's statements see the same state.
            let snapshot = connection.unchecked_transaction()?;
            let result = work(&snapshot);
            drop(snapshot);
            drop(borrowed);
            drop(turn);
            result
        });
        read.await
            .unwrap_or_else(|stopped| Err(if stopped.is_panic() { Fault::Panicked } else { Fault::Closed }))
    }
}
