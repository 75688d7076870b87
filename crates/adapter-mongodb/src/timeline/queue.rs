//! Commits that wait, and when they are written.
//!
//! A write waits for its majority, and costs the server far more than a message in it does. So what
//! comes first goes at once, and another write begins beside it when it is as large as those that are
//! under way, taken together: where little is written, hardly anything waits, and where much is,
//! writes grow instead of becoming more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use natter_domain::id::ConversationId;
use natter_domain::ports::store::{Commit, Committed};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::batch;
use crate::Core;
use crate::fault::Fault;

/// Commits that may wait to be taken, and taken ones that may wait to be written; one more than both
/// is [`Fault::Full`].
const WAITING: usize = 4_096;
/// Commits in one write at the most, so that none waits long for the others.
const BATCH: usize = 512;
/// Writes under way at the most.
const WRITES: usize = 8;
/// Nothing waits longer than this for more to come: a write that hangs must not hold up the others.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) type Answer = Result<Vec<Committed>, Fault>;

/// A commit, and whoever waits for it.
pub(super) struct Job {
    pub(super) commit: Commit,
    pub(super) reply: oneshot::Sender<Answer>,
    since: Instant,
}

/// Where commits are queued.
pub(crate) struct Queue(mpsc::Sender<Job>);

impl Queue {
    /// Starts the task that has them written. It ends when this is dropped and what has queued up is
    /// written.
    pub(crate) fn start(core: &Arc<Core>) -> Self {
        let (queue, jobs) = mpsc::channel(WAITING);
        let writes = Writes {
            core: core.clone(),
            ready: Vec::new(),
            held: Vec::new(),
            tasks: JoinSet::new(),
            under_way: HashMap::new(),
        };
        tokio::spawn(writes.run(jobs));
        Self(queue)
    }

    pub(super) async fn commit(&self, commit: Commit) -> Answer {
        if commit.writes.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Job { commit, reply, since: Instant::now() }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Fault::Full,
            mpsc::error::TrySendError::Closed(_) => Fault::Closed,
        })?;
        answer.await.unwrap_or(Err(Fault::Closed))
    }
}

struct Writes {
    core: Arc<Core>,
    ready: Vec<Job>,
    /// Of conversations of which a write is under way: their order is kept.
    held: Vec<Job>,
    tasks: JoinSet<()>,
    /// What the tasks write.
    under_way: HashMap<Id, HashSet<ConversationId>>,
}

impl Writes {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut open = true;
        while open || !self.tasks.is_empty() {
            let due = self.due();
            let room = WAITING.saturating_sub(self.ready.len() + self.held.len());
            let mut came = Vec::new();
            tokio::select! {
                taken = jobs.recv_many(&mut came, room), if open && room > 0 => open = taken > 0,
                Some(ended) = self.tasks.join_next_with_id() => {
                    self.ended(ended.map_or_else(|panicked| panicked.id(), |(id, ())| id));
                    // Whoever was answered may commit more: together, rather than the first of them alone.
                    tokio::task::yield_now().await;
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
            while came.len() < room
                && let Ok(job) = jobs.try_recv()
            {
                came.push(job);
            }
            self.sort(came);
            self.begin();
        }
    }

    /// By when the next write begins in any case.
    fn due(&self) -> Option<Instant> {
        let first = self.ready.first().filter(|_| self.tasks.len() < WRITES)?;
        Some(first.since + PATIENCE)
    }

    fn sort(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            let busy = self.under_way.values().any(|these| these.contains(&job.commit.conversation));
            if busy { &mut self.held } else { &mut self.ready }.push(job);
        }
    }

    fn ended(&mut self, task: Id) {
        self.under_way.remove(&task);
        let held = std::mem::take(&mut self.held);
        self.sort(held);
    }

    fn begin(&mut self) {
        let under_way: usize = self.under_way.values().map(HashSet::len).sum();
        let is_due = || self.due().is_some_and(|due| due <= Instant::now());
        if self.ready.is_empty() || self.tasks.len() >= WRITES || self.ready.len() < under_way && !is_due() {
            return;
        }
        let left = self.ready.split_off(self.ready.len().min(BATCH));
        let jobs = std::mem::replace(&mut self.ready, left);
        let conversations = jobs.iter().map(|job| job.commit.conversation).collect();
        let core = self.core.clone();
        let task = self.tasks.spawn(async move { batch::write(&core, jobs).await });
        self.under_way.insert(task.id(), conversations);
        let left = std::mem::take(&mut self.ready);
        self.sort(left);
    }
}
