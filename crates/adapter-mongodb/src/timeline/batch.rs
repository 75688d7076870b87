//! Commits that are written together: all of them in as few commands as may be.

use std::collections::HashMap;
use std::time::Instant;

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use futures::try_join;
use mongodb::bson::{Document, doc};
use natter_domain::id::ConversationId;
use natter_domain::message::Head;
use natter_domain::ports::store::{Commit, Committed};
use tokio::sync::oneshot;

use super::queue::{Answer, Job};
use super::read;
use super::run::{Run, Seen, insert_together};
use crate::Core;
use crate::fault::{Fault, all};
use crate::values::{Id as _, oids};

/// Commands of one batch that are under way at the same time.
const COMMANDS: usize = 8;

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

/// Writes the commits, and answers whoever waits for them.
pub(super) async fn write(core: &Core, jobs: Vec<Job>) {
    let mut groups = HashMap::<ConversationId, Group>::new();
    for Job { commit, reply, .. } in jobs {
        let group = groups.entry(commit.conversation).or_default();
        group.commits.push(commit);
        group.replies.push(reply);
    }
    let ids: Vec<_> = groups.keys().copied().collect();
    let known: HashMap<_, _> = ids.iter().filter_map(|id| Some((*id, core.heads.get(id)?))).collect();
    let unknown: Vec<_> = ids.iter().copied().filter(|id| !known.contains_key(id)).collect();
    let mut seen: HashMap<_, _> =
        known.iter().filter_map(|(id, known)| Some((*id, known.lease()?))).collect();
    let unseen: Vec<_> = ids.into_iter().filter(|id| !seen.contains_key(id)).collect();
    let heads = match try_join!(look(core, &unseen), heads(core, &unknown)) {
        Ok((found, heads)) => {
            seen.extend(found);
            heads
        }
        Err(fault) => {
            groups.into_values().for_each(|group| group.fail(&fault));
            return;
        }
    };
    let mut runs = Vec::new();
    for (id, mut group) in groups {
        match seen.get(&id) {
            Some(seen) => {
                let commits = std::mem::take(&mut group.commits);
                runs.push((Run::begin(core, id, *seen, heads.get(&id).copied(), commits), group.replies));
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

/// Which of the conversations are there.
async fn look(core: &Core, ids: &[ConversationId]) -> Result<HashMap<ConversationId, Seen>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let at = Instant::now();
    let conversations = core.collections.conversations.clone_with_type::<Document>();
    let find = conversations.find(doc! { "_id": { "$in": oids(ids) } }).projection(doc! { "epoch": 1 });
    let seen = |found: Document| {
        let (id, epoch) = (found.get_object_id("_id").ok()?, found.get_object_id("epoch").ok()?);
        Some((ConversationId::of(id), Seen::new(epoch, at)))
    };
    let found = all(find).await?;
    found.into_iter().map(|found| seen(found).ok_or(Fault::Malformed("conversation"))).collect()
}

/// Where these conversations end.
async fn heads(core: &Core, ids: &[ConversationId]) -> Result<HashMap<ConversationId, Head>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = read::heads(&core.collections, ids).await?;
    Ok(ids.iter().map(|id| (*id, found.get(id).copied().unwrap_or_default())).collect())
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
