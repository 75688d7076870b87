//! Who takes commands, and how one is handed over.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::time::Duration;

use bytes::Bytes;
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{Address, BusError, CommandError, CommandHandler, Service};
use natter_domain::rejection::Rejection;
use natter_proto::{decode_command, decode_reply, encode_command, encode_reply};
use tokio::sync::{Semaphore, oneshot};
use tracing::Instrument as _;

struct Worker {
    handler: Arc<dyn CommandHandler>,
    room: Arc<Semaphore>,
}

type Groups = HashMap<Service, Vec<Arc<Worker>>>;

/// The workers of each service.
pub(super) struct Workers {
    groups: RwLock<Groups>,
    at_once: usize,
}

impl Workers {
    pub(super) fn new(at_once: usize) -> Self {
        Self { groups: RwLock::default(), at_once: at_once.min(Semaphore::MAX_PERMITS) }
    }

    /// Adds a worker, until the answer is dropped.
    pub(super) fn add(self: &Arc<Self>, service: Service, handler: Arc<dyn CommandHandler>) -> Membership {
        let worker = Arc::new(Worker { handler, room: Arc::new(Semaphore::new(self.at_once)) });
        self.change().entry(service).or_default().push(Arc::clone(&worker));
        Membership { workers: Arc::downgrade(self), service, worker }
    }

    fn change(&self) -> RwLockWriteGuard<'_, Groups> {
        self.groups.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker that owns the partition.
    fn owner(&self, address: Address) -> Option<Arc<Worker>> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        let group = groups.get(&address.service)?;
        let owner = usize::from(address.partition).checked_rem(group.len())?;
        group.get(owner).cloned()
    }

    pub(super) async fn request(
        &self,
        address: Address,
        command: &Command,
        deadline: Duration,
    ) -> Result<Reply, CommandError> {
        let worker = self.owner(address).ok_or(CommandError::NoResponder)?;
        let Ok(place) = Arc::clone(&worker.room).try_acquire_owned() else {
            tracing::warn!(service = ?address.service, "a worker is too busy for another command");
            return Err(CommandError::NoResponder);
        };
        let bytes = encode_command(command);
        let (reply, replied) = oneshot::channel();
        // A task of its own: the caller may give up, the worker does not.
        let work = async move {
            let answer = carry_out(&*worker.handler, &bytes).await;
            drop(place);
            // The caller has given up where nobody takes the answer.
            let _ = reply.send(answer);
        };
        tokio::spawn(work.in_current_span());
        let bytes = tokio::time::timeout(deadline, replied)
            .await
            .map_err(|_| CommandError::TimedOut)?
            .map_err(|gone| failed("waiting for a worker that panicked", gone))?;
        decode_reply(&bytes)
            .map_err(|error| failed("reading a reply", error))?
            .map_err(CommandError::Rejected)
    }
}

fn failed(what: &'static str, cause: impl std::error::Error + Send + Sync + 'static) -> CommandError {
    CommandError::Bus(BusError { what, source: Some(Box::new(cause)) })
}

async fn carry_out(handler: &dyn CommandHandler, bytes: &[u8]) -> Bytes {
    let answer = match decode_command(bytes) {
        Ok(command) => handler.handle(command).await,
        Err(error) => {
            tracing::error!(%error, "a command can't be read");
            Err(Rejection::Internal)
        }
    };
    encode_reply(&answer)
}

/// A worker's place in its group, until it is dropped.
pub(super) struct Membership {
    workers: Weak<Workers>,
    service: Service,
    worker: Arc<Worker>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(workers) = self.workers.upgrade()
            && let Some(group) = workers.change().get_mut(&self.service)
        {
            group.retain(|worker| !Arc::ptr_eq(worker, &self.worker));
        }
    }
}
