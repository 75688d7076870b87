//! Queues of commits, and what is written at once.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::ConversationId;
use natter_domain::ports::store::{Commit, Committed};
use tokio::sync::{mpsc, oneshot};

use super::run::{Run, insert_together};
use crate::Core;
use crate::fault::{Fault, all};
use crate::values::{Id as _, oids};

/// Writes that go on at the same time. Each waits for its majority; more of them wait no less.
const LANES: usize = 4;
/// Commits that may wait in a lane; one more is [`Fault::Full`].
const QUEUE: usize = 1_024;
/// Commits in one write at the most, so that none waits long for the others.
const BATCH: usize = 512;
/// Commands of one lane that are under way at the same time.
const COMMANDS: usize = 8;

type Answer = Result<Vec<Committed>, Fault>;

/// A commit, and whoever waits for it.
struct Job {
    commit: Commit,
    reply: oneshot::Sender<Answer>,
}

/// The queues. A conversation is in one of them, so that its commits keep their order.
pub(crate) struct Lanes {
    queues: Vec<mpsc::Sender<Job>>,
    hash: RandomState,
}

impl Lanes {
    /// Starts the tasks that write. They end when this is dropped and what has queued up is written.
    pub(crate) fn start(core: &Arc<Core>) -> Self {
        let queues = (0..LANES).map(|_| {
            let (queue, jobs) = mpsc::channel(QUEUE);
            tokio::spawn(write_all(core.clone(), jobs));
            queue
        });
        Self { queues: queues.collect(), hash: RandomState::new() }
    }

    pub(super) async fn commit(&self, commit: Commit) -> Answer {
        if commit.writes.is_empty() {
            return Ok(Vec::new());
        }
        let lane = self.hash.hash_one(commit.conversation) as usize % LANES;
        let (reply, answer) = oneshot::channel();
        let queue = self.queues.get(lane).ok_or(Fault::Closed)?;
        queue.try_send(Job { commit, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Fault::Full,
            mpsc::error::TrySendError::Closed(_) => Fault::Closed,
        })?;
        answer.await.unwrap_or(Err(Fault::Closed))
    }
}

async fn write_all(core: Arc<Core>, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        write(&core, std::mem::take(&mut batch)).await;
        // Whoever was answered may commit more: together, rather than the first of them alone.
        tokio::task::yield_now().await;
    }
}

/// The commits of one conversation, in their order.
#[derive(Default)]
struct Group {
    commits: Vec<Commit>,
    replies: Vec<oneshot::Sender<Answer>>,
}

impl Group {
    fn answer(self, answers: Vec<Answer>) {
        for (reply, answer) in self.replies.into_iter().zip(answers) {
            // Nobody to hear it is fine: the write was made all the same.
            let _ = reply.send(answer);
        }
    }

    fn fail(self, fault: &Fault) {
        let answers = self.commits.iter().map(|_| Err(fault.clone())).collect();
        self.answer(answers);
    }

    fn gone(self) {
        let answers = self.commits.iter().map(|commit| {
            let mut outcomes = vec![Committed::NotTried; commit.writes.len()];
            if let Some(first) = outcomes.first_mut() {
                *first = Committed::Gone;
            }
            Ok(outcomes)
        });
        let answers = answers.collect();
        self.answer(answers);
    }
}

async fn write(core: &Core, jobs: Vec<Job>) {
    let mut groups = HashMap::<ConversationId, Group>::new();
    for Job { commit, reply } in jobs {
        let group = groups.entry(commit.conversation).or_default();
        group.commits.push(commit);
        group.replies.push(reply);
    }
    let ids: Vec<_> = groups.keys().copied().collect();
    let epochs = match epochs(core, &ids).await {
        Ok(epochs) => epochs,
        Err(fault) => {
            groups.into_values().for_each(|group| group.fail(&fault));
            return;
        }
    };
    let mut runs = Vec::new();
    for (id, mut group) in groups {
        match epochs.get(&id) {
            Some(epoch) => {
                let commits = std::mem::take(&mut group.commits);
                runs.push((Run::begin(core, id, *epoch, commits), group.replies));
            }
            None => {
                core.heads.invalidate(&id);
                group.gone();
            }
        }
    }
    let (mut runs, replies): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    insert_together(core, &mut runs).await;
    let finished: Vec<_> = stream::iter(runs).map(|run| run.finish(core)).buffered(COMMANDS).collect().await;
    for (answers, replies) in finished.into_iter().zip(replies) {
        Group { commits: Vec::new(), replies }.answer(answers);
    }
}

/// Which of the conversations are there, and since which making.
async fn epochs(core: &Core, ids: &[ConversationId]) -> Result<HashMap<ConversationId, ObjectId>, Fault> {
    let conversations = core.collections.conversations.clone_with_type::<Document>();
    let find = conversations.find(doc! { "_id": { "$in": oids(ids) } }).projection(doc! { "epoch": 1 });
    let epoch = |found: Document| {
        let (id, epoch) = (found.get_object_id("_id").ok()?, found.get_object_id("epoch").ok()?);
        Some((ConversationId::of(id), epoch))
    };
    let found = all(find).await?;
    found.into_iter().map(|found| epoch(found).ok_or(Fault::Malformed("conversation"))).collect()
}

/// Does it for each, a few at the same time, and answers in their order.
pub(super) async fn each<T, U, F: Future<Output = Result<U, Fault>>>(
    items: Vec<T>,
    work: impl Fn(T) -> F,
) -> Result<Vec<U>, Fault> {
    let mut results = Vec::with_capacity(items.len());
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let some: Vec<_> = items.by_ref().take(COMMANDS).map(&work).collect();
        for result in join_all(some).await {
            results.push(result?);
        }
    }
    Ok(results)
}
