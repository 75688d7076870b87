//! Messages: every change of a timeline, and reading it.
//!
//! All changes of a conversation that reach this process go through one [`writer`] task, which
//! gives them their places and writes what has queued up in one go. That another process writes
//! too is not excluded, only rare: the store's unique `(conversation, rev)` settles it.

mod aftermath;
mod delete;
mod deliveries;
mod edit;
mod gather;
mod lists;
mod mutation;
mod react;
mod read;
mod search;
mod send;
mod sync;
mod writer;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use natter_domain::{ConversationId, Rejection};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::context::Context;
use deliveries::Undelivered;
use gather::Gather;
use writer::{Job, Task, Writer, Written};

/// Changes that wait for one conversation's writer; past it a caller is told to try again.
const QUEUE: usize = 2_048;

/// The timelines of all conversations.
pub(crate) struct Timelines {
    context: Arc<Context>,
    /// URLs with these beginnings may go into messages without having been issued here.
    media_url_prefixes: Vec<String>,
    writers: Arc<Writers>,
}

/// The conversations that are being written to.
pub(crate) struct Writers {
    queues: Mutex<HashMap<ConversationId, mpsc::Sender<Job>>>,
    tasks: TaskTracker,
    /// What of their messages has not been delivered yet.
    undelivered: Arc<Gather<Undelivered>>,
    /// Which of them have moved in their participants' lists.
    lists: Arc<Gather<()>>,
}

impl Timelines {
    pub(crate) fn new(context: Arc<Context>, media_url_prefixes: Vec<String>) -> Self {
        let writers = Arc::new(Writers::new(&context));
        Self { context, media_url_prefixes, writers }
    }

    /// Has a change written and published, in the order in which it is asked for.
    async fn write(&self, conversation: ConversationId, task: Task) -> Result<Written, Rejection> {
        self.queue(conversation, task)?.written().await
    }

    fn queue(&self, conversation: ConversationId, task: Task) -> Result<Queued, Rejection> {
        let (reply, written) = oneshot::channel();
        self.writers.submit(&self.context, conversation, Job { task, reply })?;
        Ok(Queued(written))
    }

    /// Waits until everything that was accepted is written, published and followed up.
    pub(crate) async fn drain(&self) {
        self.writers.tasks.close();
        self.writers.queues().clear();
        self.writers.tasks.wait().await;
        tokio::join!(self.writers.undelivered.finish(), self.writers.lists.finish());
    }
}

/// A change that is to be written.
struct Queued(oneshot::Receiver<Result<Written, Rejection>>);

impl Queued {
    async fn written(self) -> Result<Written, Rejection> {
        // A writer that went without a word is a bug of ours; whether it wrote is unknown.
        self.0.await.unwrap_or(Err(Rejection::Unavailable))
    }
}

impl Writers {
    fn new(context: &Arc<Context>) -> Self {
        let (delivering, telling) = (context.clone(), context.clone());
        Self {
            queues: Mutex::default(),
            tasks: TaskTracker::new(),
            undelivered: Gather::new(move |some| Box::pin(deliveries::deliver(delivering.clone(), some))),
            lists: Gather::new(move |some| Box::pin(lists::tell(telling.clone(), some))),
        }
    }

    fn queues(&self) -> std::sync::MutexGuard<'_, HashMap<ConversationId, mpsc::Sender<Job>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(
        self: &Arc<Self>,
        context: &Arc<Context>,
        conversation: ConversationId,
        job: Job,
    ) -> Result<(), Rejection> {
        let mut queues = self.queues();
        let queue = match queues.entry(conversation) {
            Entry::Occupied(open) if !open.get().is_closed() => open.into_mut(),
            entry => {
                let (queue, jobs) = mpsc::channel(QUEUE);
                let writer = Writer::new(context.clone(), conversation, self.clone());
                self.tasks.spawn(writer.run(jobs));
                entry.insert_entry(queue).into_mut()
            }
        };
        queue.try_send(job).map_err(|_full| Rejection::Unavailable)
    }

    /// Lets an idle writer go, unless something was queued just now: both happen under the lock.
    fn retire(&self, conversation: ConversationId, jobs: &mpsc::Receiver<Job>) -> bool {
        let mut queues = self.queues();
        let idle = jobs.is_empty();
        if idle {
            queues.remove(&conversation);
        }
        idle
    }
}
