//! The task that writes one conversation's timeline.
//!
//! It takes all changes that queued up while the last write was under way, gives them the next
//! `rev`s (and `seq`s), has them committed at once, publishes them in order and only then answers.
//! No timer holds anything back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use natter_domain::message::{Change, ChangeKind, Head, Quote};
use natter_domain::ports::store::{Commit, Committed, StoreError, Write};
use natter_domain::{ConversationEvent, ConversationId, Message, MessageId, Rejection, StoredMessage};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};

use super::Writers;
use super::aftermath::Aftermath;
use super::mutation::Mutation;
use crate::context::Context;
use crate::crash::CrashPoint;

/// Changes in one commit.
const BATCH: usize = 256;
/// A writer without work for so long goes, and takes what it remembers with it.
const IDLE: Duration = Duration::from_secs(10);
/// How often a batch yields to other writers of the same conversation before callers are told that
/// it could not be written; at a few milliseconds each, well within their deadline.
const COLLISIONS: u32 = 100;

/// What is asked of a writer.
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) reply: oneshot::Sender<Result<Written, Rejection>>,
}

/// A change to be made.
pub(super) enum Task {
    /// A new message; its `seq`, `rev` and times are the writer's to set.
    Insert { message: Box<StoredMessage>, reply_to: Option<Quote> },
    /// Another state of a stored message.
    Mutate { message: MessageId, mutation: Mutation },
}

/// A change that was made, or needed none.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) message: Message,
    /// It was so before.
    pub(super) repeated: bool,
}

/// One conversation's writer.
pub(super) struct Writer {
    context: Arc<Context>,
    conversation: ConversationId,
    writers: Arc<Writers>,
    /// Where the timeline ends, as far as this writer knows; `None` before it has looked, and after
    /// anything that makes it doubtful.
    head: Option<Head>,
    aftermath: Aftermath,
}

/// A job with the write that it comes to.
struct Planned {
    job: Job,
    message: StoredMessage,
    kind: ChangeKind,
    /// Of the message as it was; none for a new one.
    expected_rev: Option<u64>,
}

impl Writer {
    pub(super) fn new(context: Arc<Context>, conversation: ConversationId, writers: Arc<Writers>) -> Self {
        let aftermath = Aftermath::new(context.clone(), writers.clone(), conversation);
        Self { context, conversation, writers, head: None, aftermath }
    }

    /// Works until there was nothing to do for a while, or the queue is closed.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut idle_since = Instant::now();
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                taken = jobs.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        break;
                    }
                    self.write(batch).await;
                    idle_since = Instant::now();
                }
                () = self.aftermath.step() => {}
                () = sleep_until(idle_since + IDLE), if self.aftermath.is_over() => {
                    if self.writers.retire(self.conversation, &jobs) {
                        return;
                    }
                }
            }
        }
        self.aftermath.finish().await;
    }

    async fn write(&mut self, mut jobs: Vec<Job>) {
        let mut collisions = 0;
        while !jobs.is_empty() {
            match self.attempt(&mut jobs).await {
                Ok(true) => {}
                Ok(false) if collisions < COLLISIONS => {
                    collisions += 1;
                    self.head = None;
                    sleep(Duration::from_micros(rand::random_range(200..5_000))).await;
                }
                // Jobs that are dropped are answered as unknown: see `Timelines::write`.
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "timeline not written");
                    // If it was written all the same, nobody was told: the repeated head tells.
                    self.head = None;
                    self.aftermath.doubtful();
                    return;
                }
            }
        }
    }

    /// Writes as many of the jobs as go; those that have to be tried again stay. `false` where
    /// another writer was faster.
    async fn attempt(&mut self, jobs: &mut Vec<Job>) -> Result<bool, StoreError> {
        let head = match self.head {
            Some(head) => head,
            None => self.context.stores.timeline.head(self.conversation).await?,
        };
        let (planned, mut later) = self.plan(std::mem::take(jobs), head).await?;
        if planned.is_empty() {
            *jobs = later;
            return Ok(true);
        }
        let writes = planned.iter().map(Planned::as_write).collect();
        let commit = Commit { conversation: self.conversation, writes };
        CrashPoint::BeforeWrite.reach().await;
        let committed = self.context.stores.timeline.commit(commit).await?;
        let mut alone = true;
        let mut head = head;
        let mut again = Vec::new();
        for (planned, outcome) in planned.into_iter().zip(committed) {
            match outcome {
                Committed::Written => {
                    head = Head { rev: planned.message.rev, seq: head.seq.max(planned.message.seq) };
                    self.head = Some(head);
                    self.tell(planned, &mut later, head).await;
                }
                Committed::Repeated(stored) => {
                    // Whoever wrote it may have ended before it was told.
                    self.aftermath.doubtful();
                    self.repeat(planned.job, *stored, &mut later).await;
                }
                Committed::Collided => {
                    alone = false;
                    again.push(planned.job);
                }
                Committed::NotTried => again.push(planned.job),
                Committed::Gone => answer(planned.job, Err(Rejection::ConversationNotFound)),
            }
        }
        again.append(&mut later);
        *jobs = again;
        Ok(alone)
    }

    /// Gives the jobs their places. Jobs without anything to write are answered; those that repeat
    /// another one of the batch wait for what becomes of it.
    async fn plan(&self, jobs: Vec<Job>, mut head: Head) -> Result<(Vec<Planned>, Vec<Job>), StoreError> {
        let now = self.context.now();
        let mut current = self.current(&jobs).await?;
        let mut planned: Vec<Planned> = Vec::with_capacity(jobs.len());
        let mut later = Vec::new();
        for job in jobs {
            let (message, kind, expected_rev) = match &job.task {
                Task::Insert { message, .. } => {
                    if planned
                        .iter()
                        .any(|earlier| earlier.expected_rev.is_none() && same_send(&earlier.message, message))
                    {
                        later.push(job);
                        continue;
                    }
                    let mut message = (**message).clone();
                    message.seq = head.seq + 1;
                    message.created_rev = head.rev + 1;
                    message.created_at = now;
                    message.updated_at = now;
                    (message, ChangeKind::Created, None)
                }
                Task::Mutate { message, mutation } => match current.get(message) {
                    None => {
                        answer(job, Err(Rejection::MessageNotFound));
                        continue;
                    }
                    Some(stored) => match mutation.apply(stored, now) {
                        Err(rejection) => {
                            answer(job, Err(rejection));
                            continue;
                        }
                        Ok(Some(message)) => (message, mutation.kind(), Some(stored.rev)),
                        // What it asks for is what will be, if what is planned before it is written.
                        Ok(None) if planned.iter().any(|earlier| earlier.message.id == *message) => {
                            later.push(job);
                            continue;
                        }
                        Ok(None) => {
                            let stored = stored.clone();
                            self.repeat(job, stored, &mut Vec::new()).await;
                            continue;
                        }
                    },
                },
            };
            let message = StoredMessage { rev: head.rev + 1, ..message };
            head = Head { rev: message.rev, seq: head.seq.max(message.seq) };
            current.insert(message.id, message.clone());
            planned.push(Planned { job, message, kind, expected_rev });
        }
        Ok((planned, later))
    }

    /// The messages that the jobs are to change, as they are stored.
    async fn current(&self, jobs: &[Job]) -> Result<HashMap<MessageId, StoredMessage>, StoreError> {
        let ids: Vec<_> = jobs
            .iter()
            .filter_map(|job| match &job.task {
                Task::Mutate { message, .. } => Some(*message),
                Task::Insert { .. } => None,
            })
            .collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let stored = self.context.stores.timeline.messages(&ids).await?;
        Ok(stored.into_iter().map(|message| (message.id, message)).collect())
    }

    /// Publishes what is durable now, and answers.
    async fn tell(&mut self, planned: Planned, later: &mut Vec<Job>, head: Head) {
        let Planned { job, message, kind, .. } = planned;
        CrashPoint::AfterWrite.reach().await;
        self.aftermath.written(head, kind, &message);
        let shown = match &job.task {
            Task::Insert { reply_to, .. } => self.context.show_new_message(message, reply_to.clone()).await,
            Task::Mutate { .. } => self.context.show_message(message).await,
        };
        let message = match shown {
            Ok(message) => message,
            Err(error) => {
                // It is stored, but can't be shown: the repeated head makes gateways fetch it.
                tracing::warn!(error = &error as &dyn std::error::Error, "stored change not published");
                return answer(job, Err(Rejection::Unavailable));
            }
        };
        let change = Arc::new(Change { kind, message });
        let event = ConversationEvent::Changed(change.clone());
        self.context.tell_conversation(self.conversation, event).await;
        CrashPoint::AfterPublish.reach().await;
        let written = Written { message: change.message.clone(), repeated: false };
        answer_repeats(later, &written);
        answer(job, Ok(written));
    }

    /// Answers with what was so before.
    async fn repeat(&self, job: Job, stored: StoredMessage, later: &mut Vec<Job>) {
        let shown = self.context.show_message(stored).await;
        let reply = match shown {
            Ok(message) => {
                let written = Written { message, repeated: true };
                answer_repeats(later, &written);
                Ok(written)
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "message not read");
                Err(Rejection::Unavailable)
            }
        };
        answer(job, reply);
    }
}

impl Planned {
    fn as_write(&self) -> Write {
        let message = self.message.clone();
        match self.expected_rev {
            None => Write::Insert(message),
            Some(expected_rev) => Write::Replace { expected_rev, message },
        }
    }
}

/// Whether two are the same message: by their id, or by their sender's own name for it.
fn same_send(one: &StoredMessage, other: &StoredMessage) -> bool {
    one.id == other.id
        || (one.sender == other.sender
            && one.client_message_id.is_some()
            && one.client_message_id == other.client_message_id)
}

/// Answers the sends that only repeat the one that was written.
fn answer_repeats(jobs: &mut Vec<Job>, written: &Written) {
    let repeats = jobs.extract_if(
        ..,
        |job| matches!(&job.task, Task::Insert { message, .. } if same_send(&written.message.stored, message)),
    );
    for job in repeats {
        answer(job, Ok(Written { repeated: true, ..written.clone() }));
    }
}

fn answer(job: Job, reply: Result<Written, Rejection>) {
    // The caller may have given up waiting; what was written stays written.
    drop(job.reply.send(reply));
}
