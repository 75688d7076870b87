//! The run: users, then conversations, then messages, each needing the ones before.
//!
//! Batches are bounded, whatever the old database holds. What is remembered for the whole run are
//! the ids of its users, those of conversations that were merged, and who has blocked whom.

mod conversations;
mod messages;
mod people;
mod timeline;
mod users;

use mongodb::error::Error;
use mongodb::{Cursor, bson::Document};
use natter_domain::Timestamp;
use natter_domain::ports::store::{StoreError, Stores};

use crate::report::{CONVERSATIONS, Entry, Report, Summary, USERS};
use crate::source::Source;
use crate::target::Target;
use people::People;

/// Documents that are held at a time.
const BATCH: usize = 1_000;
/// What is asked of the store at a time.
const AT_ONCE: usize = 16;

/// Why a run broke off. What is in by then stays, and another run goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The old database.
    #[error("the old database can't be read")]
    Source(#[from] Error),
    /// The store.
    #[error("the store can't be written to")]
    Store(#[from] StoreError),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which collection is being brought in.
    pub collection: &'static str,
    /// Documents of it that were looked at.
    pub done: u64,
    /// Documents of it that there are, about.
    pub of: u64,
}

/// What a run is made of.
pub struct Import<'a> {
    /// The old database.
    pub source: &'a Source,
    /// Where it goes.
    pub stores: Stores,
    /// Whether nothing is to be written.
    pub dry_run: bool,
    /// Now: when the blocks that it brings are set.
    pub now: Timestamp,
}

impl Import<'_> {
    /// Brings everything in. `told` takes what is not in as it was, as soon as that is known, and
    /// `progressed` how far it is, after each batch.
    ///
    /// # Errors
    /// The old database or the store failed.
    pub async fn run(
        self,
        told: impl FnMut(&Entry) + Send,
        progressed: impl Fn(Progress) + Sync,
    ) -> Result<Summary, ImportError> {
        let run = Run {
            source: self.source,
            target: Target::new(self.stores, self.dry_run),
            report: Report::to(told),
            progressed: &progressed,
            now: self.now,
        };
        let mut people = People::default();
        run.users(&mut people).await?;
        let merged = run.conversations(&mut people).await?;
        run.blocks(&mut people).await?;
        run.messages(&mut people, &merged).await?;
        Ok(run.report.summary())
    }
}

/// A run that is under way.
struct Run<'a> {
    source: &'a Source,
    target: Target,
    report: Report<'a>,
    progressed: &'a (dyn Fn(Progress) + Sync),
    now: Timestamp,
}

impl Run<'_> {
    fn progress(&self, collection: &'static str, of: u64) {
        let summary = self.report.summary();
        let counts = match collection {
            USERS => summary.users,
            CONVERSATIONS => summary.conversations,
            _ => summary.messages,
        };
        (self.progressed)(Progress { collection, done: counts.read, of });
    }

    /// Sets the blocks of the old server, between people who are there.
    async fn blocks(&self, people: &mut People) -> Result<(), ImportError> {
        for (blocker, blocked) in people.take_blocks() {
            people.look_up(&self.target, &[blocker, blocked]).await?;
            if people.has(blocker) && people.has(blocked) && blocker != blocked {
                self.target.block(blocker, blocked, self.now).await?;
            } else {
                let reason =
                    format!("a block between {blocker} and {blocked}, who are not both there, is left out");
                self.report.noted(USERS, &blocker.to_string(), reason);
            }
        }
        Ok(())
    }
}

/// The next documents of a cursor; none at its end.
async fn next_batch(cursor: &mut Cursor<Document>) -> Result<Vec<Document>, Error> {
    let mut batch = Vec::new();
    while batch.len() < BATCH
        && let Some(document) = futures::TryStreamExt::try_next(cursor).await?
    {
        batch.push(document);
    }
    Ok(batch)
}

/// Parts of a list that have nothing in common, each in order: what is in one may be done at once.
fn waves<T>(items: Vec<T>, keys: impl Fn(&T) -> Vec<String>) -> Vec<Vec<T>> {
    let mut waves = Vec::new();
    let mut wave = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for item in items {
        let keys = keys(&item);
        if keys.iter().any(|key| taken.contains(key)) {
            waves.push(std::mem::take(&mut wave));
            taken.clear();
        }
        taken.extend(keys);
        wave.push(item);
    }
    waves.push(wave);
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_keep_the_order_of_what_has_something_in_common() {
        let keys = |item: &&str| item.split(' ').map(str::to_owned).collect();
        let found = waves(vec!["a b", "c", "b d", "e", "d"], keys);
        assert_eq!(found, [vec!["a b", "c"], vec!["b d", "e"], vec!["d"]]);
    }
}
