//! Commits that wait, and when they are written.
//!
//! A write waits for its majority, and costs the server far more than a message in it does. So what
//! comes first goes at once, and another write begins beside it when it is as large as those that are
//! under way, taken together: where little is written, hardly anything waits, and where much is,
//! writes grow instead of becoming more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
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

/// Writes jobs, and answers them.
type Write = Box<dyn Fn(Vec<Job>) -> BoxFuture<'static, ()> + Send>;

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
        let core = core.clone();
        Self::with(Box::new(move |jobs| {
            let core = core.clone();
            async move { batch::write(&core, jobs).await }.boxed()
        }))
    }

    fn with(write: Write) -> Self {
        let (queue, jobs) = mpsc::channel(WAITING);
        let writes = Writes {
            write,
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
    write: Write,
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
        let task = self.tasks.spawn((self.write)(jobs));
        self.under_way.insert(task.id(), conversations);
        let left = std::mem::take(&mut self.ready);
        self.sort(left);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::future::join_all;
    use natter_domain::ports::store::Write as Change;
    use natter_domain::time::Timestamp;
    use tokio::sync::Semaphore;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::samples::message;

    /// A queue whose writes take a permit each, and what they wrote: of which conversations.
    struct Scene {
        queue: Arc<Queue>,
        written: Arc<Mutex<Vec<Vec<u8>>>>,
        permits: Arc<Semaphore>,
    }

    /// The write of conversation 13 panics.
    fn scene() -> Scene {
        let (written, permits) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Semaphore::new(0)));
        let (noted, gate) = (written.clone(), permits.clone());
        let write: Write = Box::new(move |jobs: Vec<Job>| {
            noted.lock().unwrap().push(jobs.iter().map(|job| job.commit.conversation.bytes()[0]).collect());
            let gate = gate.clone();
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                for job in jobs {
                    assert_ne!(job.commit.conversation, conversation(13), "as the test asked");
                    drop(job.reply.send(Ok(vec![Committed::Written])));
                }
            })
        });
        Scene { queue: Arc::new(Queue::with(write)), written, permits }
    }

    fn conversation(name: u8) -> ConversationId {
        let mut bytes = [0; 12];
        bytes[0] = name;
        ConversationId::from_bytes(bytes)
    }

    impl Scene {
        async fn commit(&self, name: u8) -> JoinHandle<Answer> {
            let (queue, conversation) = (self.queue.clone(), conversation(name));
            let writes = vec![Change::Insert(message(conversation, Timestamp::default()))];
            let answer = tokio::spawn(async move { queue.commit(Commit { conversation, writes }).await });
            // The test's one thread lets everybody get as far as they can.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            answer
        }

        async fn commits(&self, names: impl IntoIterator<Item = u8>) -> Vec<JoinHandle<Answer>> {
            let mut answers = Vec::new();
            for name in names {
                answers.push(self.commit(name).await);
            }
            answers
        }

        fn written(&self) -> Vec<Vec<u8>> {
            self.written.lock().unwrap().clone()
        }

        /// All that is under way and waits is written.
        async fn end(&self, answers: Vec<JoinHandle<Answer>>) {
            self.permits.add_permits(1_000);
            for answer in join_all(answers).await {
                assert_eq!(answer.unwrap().unwrap(), [Committed::Written]);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn another_write_begins_when_it_is_as_large_as_those_under_way() {
        let scene = scene();
        let answers = scene.commits(1..=8).await;
        assert_eq!(scene.written(), [vec![1], vec![2], vec![3, 4], vec![5, 6, 7, 8]]);
        scene.end(answers).await;
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_long_for_a_write_that_hangs() {
        let scene = scene();
        let answers = scene.commits(1..=5).await;
        assert_eq!(scene.written(), [vec![1], vec![2], vec![3, 4]]);
        tokio::time::sleep(PATIENCE * 2).await;
        assert_eq!(scene.written().last(), Some(&vec![5]));
        scene.end(answers).await;
    }

    #[tokio::test(start_paused = true)]
    async fn one_conversation_is_written_by_one_write_at_a_time() {
        let scene = scene();
        let answers = scene.commits([1, 1, 1]).await;
        tokio::time::sleep(PATIENCE * 2).await;
        assert_eq!(scene.written(), [[1]]);
        scene.end(answers).await;
        assert_eq!(scene.written(), [vec![1], vec![1, 1]]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_finds_no_place_is_refused_at_once() {
        let scene = scene();
        // One is under way. So many wait to be taken, and so many more for it.
        let answers = scene.commits(std::iter::repeat_n(1, 2 * WAITING + 1)).await;
        let refused = scene.commit(1).await.await.unwrap();
        assert!(matches!(refused, Err(Fault::Full)));
        scene.end(answers).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_panics_fails_alone() {
        let scene = scene();
        let failing = scene.commit(13).await;
        let waiting = scene.commits([13]).await;
        scene.permits.add_permits(1);
        assert!(matches!(failing.await.unwrap(), Err(Fault::Closed)));
        scene.permits.add_permits(1_000);
        for answer in waiting {
            assert!(answer.await.unwrap().is_err());
        }
        let next = scene.commits([1, 13, 2]).await;
        let next = join_all(next).await.into_iter().map(|answer| answer.unwrap().is_ok());
        assert_eq!(next.collect::<Vec<_>>(), [true, false, true]);
    }
}
