//! The thread that writes.
//!
//! It takes all that queued up while the last transaction was under way, and does it in one: the
//! more is asked of it, the more goes with each fsync, and a lone write waits for nothing. Each
//! unit has its savepoint, so one that fails undoes nothing of the others. Answers go out after
//! COMMIT.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::fault::Fault;
use super::super::timeline::{TextChange, erase, index, last_position};

/// Units that may wait; one more is [`Fault::Full`].
pub(super) const QUEUE: usize = 4_096;
/// Units in one transaction at the most, so that none waits long for the others.
const BATCH: usize = 1_024;

/// What a unit of work writes with.
pub(in super::super) struct Unit<'a> {
    connection: &'a Connection,
    /// The last used [`messages.position`](super::super::timeline).
    pub(in super::super) position: &'a mut i64,
    /// What the text index must learn. It goes in at the end of the transaction: FTS5 writes all
    /// it has to the disk at every savepoint.
    pub(in super::super) texts: Vec<TextChange>,
}

impl std::ops::Deref for Unit<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// A unit of work with whoever waits for it.
trait Job: Send {
    /// Does it, and says whether it is to be kept.
    fn run(&mut self, unit: &mut Unit<'_>) -> bool;
    /// Answers, once the transaction has been committed or has failed.
    fn answer(self: Box<Self>, transaction: Result<(), Fault>);
}

struct Waited<W, T> {
    work: Option<W>,
    /// `None` until it was done, and for good if it panicked.
    result: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<W, T: Send> Job for Waited<W, T>
where
    W: FnOnce(&mut Unit<'_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, unit: &mut Unit<'_>) -> bool {
        if let Some(work) = self.work.take() {
            self.result = Some(work(unit));
        }
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, transaction: Result<(), Fault>) {
        let answer = match (self.result, transaction) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(fault)), _) | (_, Err(fault)) => Err(fault),
            (None, Ok(())) => Err(Fault::Panicked),
        };
        // Nobody to hear it is fine: the write was made all the same.
        let _ = self.reply.send(answer);
    }
}

pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, super::OpenError> {
        let position = last_position(&connection)?;
        let erasing = erase::is_due(&connection)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let writing = Writing { connection, jobs, position, erasing };
        let thread = std::thread::Builder::new().name("sqlite-writer".into()).spawn(|| writing.run())?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let job = Waited { work: Some(work), result: None, reply };
        let queue = self.queue.as_ref().ok_or(Fault::Closed)?;
        queue.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => Fault::Full,
            TrySendError::Disconnected(_) => Fault::Closed,
        })?;
        answer.await.unwrap_or(Err(Fault::Closed))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread has.
struct Writing {
    connection: Connection,
    jobs: Receiver<Box<dyn Job>>,
    position: i64,
    /// Messages of deleted conversations are still there.
    erasing: bool,
}

impl Writing {
    fn run(mut self) {
        while let Some(jobs) = self.wait() {
            if !jobs.is_empty() {
                self.batch(jobs);
            }
            if self.erasing {
                self.erase();
            }
        }
    }

    /// What has queued up; nothing only if there is something else to do, `None` at the end.
    fn wait(&mut self) -> Option<Vec<Box<dyn Job>>> {
        let first = if self.erasing {
            match self.jobs.try_recv() {
                Ok(job) => job,
                Err(TryRecvError::Empty) => return Some(Vec::new()),
                Err(TryRecvError::Disconnected) => return None,
            }
        } else {
            self.jobs.recv().ok()?
        };
        Some(std::iter::once(first).chain(self.jobs.try_iter()).take(BATCH).collect())
    }

    fn batch(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.transaction(&mut jobs)));
        let outcome = outcome.unwrap_or(Err(Fault::Panicked));
        if let Err(fault) = &outcome {
            tracing::error!(error = %fault, units = jobs.len(), "writes were not stored");
        }
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction can't be rolled back");
        }
        for job in jobs {
            job.answer(outcome.clone());
        }
    }

    fn transaction(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut texts = Vec::new();
        for job in jobs {
            let mut unit = Unit { connection, position: &mut self.position, texts: Vec::new() };
            connection.prepare_cached("SAVEPOINT unit")?.execute([])?;
            // A panic in one unit is that unit's failure.
            let kept = catch_unwind(AssertUnwindSafe(|| job.run(&mut unit))).unwrap_or(false);
            if kept {
                texts.append(&mut unit.texts);
            } else {
                connection.prepare_cached("ROLLBACK TO unit")?.execute([])?;
            }
            // Fails where SQLite gave up the whole transaction, as it does when the disk is full.
            connection.prepare_cached("RELEASE unit")?.execute([])?;
        }
        index::apply(connection, texts)?;
        self.erasing |= erase::is_due(connection)?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    fn erase(&mut self) {
        let chunk = self.connection.unchecked_transaction().map_err(Fault::from).and_then(|transaction| {
            let more = erase::chunk(&transaction)?;
            transaction.commit()?;
            Ok(more)
        });
        // After a failure the next write tries again.
        self.erasing = chunk.unwrap_or_else(|fault| {
            tracing::warn!(error = %fault, "a deleted conversation is not erased yet");
            false
        });
    }
}
