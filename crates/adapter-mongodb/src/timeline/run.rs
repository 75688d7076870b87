//! The writes of one conversation, in their order.

use std::time::{Duration, Instant};

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use mongodb::error::{Error, ErrorKind};
use natter_domain::id::ConversationId;
use natter_domain::message::{Head, StoredMessage};
use natter_domain::ports::store::{Commit, Committed, Write};
use natter_domain::time::Timestamp;

use super::batch::each;
use super::document::{MessageDocument, replacement};
use super::read;
use crate::Core;
use crate::fault::{Fault, taken, taken_of, within};
use crate::schema::name;
use crate::values::{Id as _, long};

/// For so long a conversation that was there counts as there, so that a write needs one command: as
/// long as the message service may go by who took part. See [`erase`](crate::conversations::erase).
const LEASE: Duration = Duration::from_secs(5);

/// A conversation that was there.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// Of the conversation, and of none that has its id after it was deleted.
    epoch: ObjectId,
    /// At this time, or later.
    at: Instant,
}

/// Where a timeline ended when this process last knew; it may be further now, and never less far.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    conversation: Seen,
    head: Head,
}

impl Seen {
    pub(super) fn new(epoch: ObjectId, at: Instant) -> Self {
        Self { epoch, at }
    }
}

impl Known {
    /// The conversation, if it may be taken to be there still.
    pub(super) fn lease(&self) -> Option<Seen> {
        (self.conversation.at.elapsed() < LEASE).then_some(self.conversation)
    }
}

/// One write of one of the commits.
struct Step {
    commit: usize,
    write: Write,
    outcome: Option<Committed>,
}

/// The commits of a conversation, on their way.
pub(super) struct Run {
    conversation: ConversationId,
    seen: Seen,
    /// `None` where nothing is known.
    head: Option<Head>,
    /// Whether `head` was read since this wrote last.
    read: bool,
    commits: usize,
    steps: Vec<Step>,
    latest: Option<Timestamp>,
    /// Why it is unknown what of it was written.
    doubt: Option<Fault>,
}

/// What came of messages that were inserted in order.
struct Inserted {
    /// So many of them were.
    written: usize,
    /// Whether the next one found its place taken.
    overtaken: bool,
}

impl Run {
    /// `read` is where the timeline ends, if that was looked for.
    pub(super) fn begin(
        core: &Core,
        conversation: ConversationId,
        seen: Seen,
        read: Option<Head>,
        commits: Vec<Commit>,
    ) -> Self {
        let count = commits.len();
        let steps = commits.into_iter().enumerate().flat_map(|(commit, Commit { writes, .. })| {
            writes.into_iter().map(move |write| Step { commit, write, outcome: None })
        });
        let known = core.heads.get(&conversation).filter(|known| known.conversation.epoch == seen.epoch);
        Self {
            conversation,
            seen,
            head: read.or_else(|| known.map(|known| known.head)),
            read: read.is_some(),
            commits: count,
            steps: steps.collect(),
            latest: None,
            doubt: None,
        }
    }

    /// How many new messages its commits begin with, as far as what is known goes.
    fn begins_with(&self) -> usize {
        self.head.map_or(0, |head| self.following(0, head))
    }

    /// Does what is left to do, and answers each commit.
    pub(super) async fn finish(mut self, core: &Core) -> Vec<Result<Vec<Committed>, Fault>> {
        let gone = match self.doubt.take() {
            None => self.go(core).await,
            Some(fault) => Err(fault),
        };
        if let Err(fault) = gone {
            return self.fail(core, &fault);
        }
        if let Some(head) = self.head {
            core.heads.insert(self.conversation, Known { conversation: self.seen, head });
        }
        if let Some(at) = self.latest {
            core.activity.note(self.conversation, at);
        }
        let mut answers = vec![Vec::new(); self.commits];
        for step in self.steps {
            if let Some(answer) = answers.get_mut(step.commit) {
                answer.push(step.outcome.unwrap_or(Committed::NotTried));
            }
        }
        answers.into_iter().map(Ok).collect()
    }

    /// It is unknown what was written.
    fn fail(self, core: &Core, fault: &Fault) -> Vec<Result<Vec<Committed>, Fault>> {
        core.heads.invalidate(&self.conversation);
        if let Some(at) = self.latest {
            core.activity.note(self.conversation, at);
        }
        (0..self.commits).map(|_| Err(fault.clone())).collect()
    }

    async fn go(&mut self, core: &Core) -> Result<(), Fault> {
        let mut refused = Vec::new();
        let mut place = 0;
        while let Some(step) = self.steps.get(place) {
            if step.outcome.is_some() || self.has_failed(place) {
                place += 1;
                continue;
            }
            let head = match self.head {
                Some(head) => head,
                None => self.read_head(core).await?,
            };
            let following = self.following(place, head);
            if following > 0 {
                let Inserted { written, overtaken } = self.insert(core, place, following).await?;
                self.written(place, written);
                place += written;
                if written < following {
                    self.settle(place, Committed::Collided);
                    refused.push(place);
                    if overtaken {
                        self.read_head(core).await?;
                    }
                }
                continue;
            }
            let Some(Step { write, .. }) = self.steps.get(place) else { break };
            // A head that is known from before may be behind.
            if !self.read && is_ahead(head, write) {
                self.read_head(core).await?;
                continue;
            }
            match write {
                // No index keeps a message from taking the place that it has already.
                Write::Replace { expected_rev, message }
                    if message.rev == head.rev + 1 && *expected_rev < message.rev =>
                {
                    if replace(core, self.conversation, *expected_rev, message).await? {
                        self.written(place, 1);
                    } else {
                        self.settle(place, Committed::Collided);
                        self.read_head(core).await?;
                    }
                }
                Write::Replace { .. } => self.settle(place, Committed::Collided),
                Write::Insert(_) => {
                    self.settle(place, Committed::Collided);
                    refused.push(place);
                }
            }
        }
        self.tell_repetitions(core, refused).await
    }

    async fn read_head(&mut self, core: &Core) -> Result<Head, Fault> {
        let head = read::head(&core.collections, self.conversation).await?;
        (self.head, self.read) = (Some(head), true);
        Ok(head)
    }

    fn settle(&mut self, place: usize, outcome: Committed) {
        if let Some(step) = self.steps.get_mut(place) {
            step.outcome = Some(outcome);
        }
    }

    /// Whether a write of the same commit before this one was not written.
    fn has_failed(&self, place: usize) -> bool {
        let commit = self.steps.get(place).map(|step| step.commit);
        let before = self.steps.iter().take(place).rev().take_while(|step| Some(step.commit) == commit);
        before.into_iter().any(|step| step.outcome != Some(Committed::Written))
    }

    /// How many new messages follow the head and each other from here on.
    fn following(&self, place: usize, mut head: Head) -> usize {
        let follow = |step: &&Step| match &step.write {
            Write::Insert(message) if follows(head, message) => {
                head = Head { rev: message.rev, seq: message.seq };
                true
            }
            _ => false,
        };
        self.steps.iter().skip(place).take_while(follow).count()
    }

    /// Notes that these are durable.
    fn written(&mut self, place: usize, count: usize) {
        self.read = false;
        for step in self.steps.iter_mut().skip(place).take(count) {
            step.outcome = Some(Committed::Written);
            let head = self.head.unwrap_or_default();
            self.head = Some(match &step.write {
                Write::Insert(message) => {
                    self.latest = self.latest.max(Some(message.created_at));
                    Head { rev: message.rev, seq: message.seq }
                }
                Write::Replace { message, .. } => Head { rev: message.rev, ..head },
            });
        }
    }

    async fn insert(&self, core: &Core, place: usize, count: usize) -> Result<Inserted, Fault> {
        insert(core, &self.documents(place, count).collect::<Vec<_>>()).await
    }

    fn documents(&self, place: usize, count: usize) -> impl Iterator<Item = MessageDocument> {
        self.steps.iter().skip(place).take(count).filter_map(|step| match &step.write {
            Write::Insert(message) => Some(MessageDocument::new(self.conversation, message)),
            Write::Replace { .. } => None,
        })
    }

    /// Looks which messages that could not be inserted are stored already, under their id or under
    /// their sender's name for them. Whatever index refused one, it may be in the others, too.
    async fn tell_repetitions(&mut self, core: &Core, refused: Vec<usize>) -> Result<(), Fault> {
        let this = &*self;
        let look = |place: usize| async move {
            let Some(Step { write: Write::Insert(message), .. }) = this.steps.get(place) else {
                return Ok((place, None));
            };
            let mut stored = read::message(&core.collections, message.id).await?;
            if let (None, Some(name)) = (&stored, &message.client_message_id) {
                let named = read::by_client_id(&core.collections, this.conversation, message.sender, name);
                stored = named.await?;
            }
            Ok((place, stored))
        };
        for (place, stored) in each(refused, look).await? {
            if let Some(stored) = stored {
                // Whoever wrote it may have died before noting it.
                core.activity.note(stored.conversation, stored.created_at);
                self.settle(place, Committed::Repeated(Box::new(stored)));
            }
        }
        Ok(())
    }
}

/// Inserts what the commits of several conversations begin with, all in one command: a command costs
/// the server far more than a message in it does. It stops at the first message that is refused;
/// that conversation goes on alone, with a head that is read, and the ones after it in one more.
pub(super) async fn insert_together(core: &Core, runs: &mut [Run]) {
    let mut left: Vec<_> = runs.iter_mut().map(|run| (run.begins_with(), run)).collect();
    left.retain(|(count, _)| *count > 0);
    let mut left = left.as_mut_slice();
    // One has nothing to share a command with.
    while left.len() > 1 {
        let documents: Vec<_> = left.iter().flat_map(|(count, run)| run.documents(0, *count)).collect();
        let mut written = match insert(core, &documents).await {
            Ok(inserted) => inserted.written,
            Err(fault) => {
                left.iter_mut().for_each(|(_, run)| run.doubt = Some(fault.clone()));
                return;
            }
        };
        let mut settled = 0;
        for (count, run) in left.iter_mut() {
            settled += 1;
            run.written(0, written.min(*count));
            if written < *count {
                run.head = None;
                break;
            }
            written -= *count;
        }
        left = left.get_mut(settled..).unwrap_or_default();
    }
}

/// Inserts messages in this order, up to the first that is refused.
async fn insert(core: &Core, documents: &[MessageDocument]) -> Result<Inserted, Fault> {
    match within(core.collections.messages.insert_many(documents).ordered(true)).await {
        Ok(_) => Ok(Inserted { written: documents.len(), overtaken: false }),
        Err(Fault::Driver(error)) => match refusal(&error) {
            Some((written, index)) => Ok(Inserted { written, overtaken: is_place(&index) }),
            None => Err(Fault::Driver(error)),
        },
        Err(fault) => Err(fault),
    }
}

/// Which message was the first that a unique index refused, and by which. `None` if anything else went
/// wrong, or what was written is not on a majority.
fn refusal(error: &Error) -> Option<(usize, String)> {
    let ErrorKind::InsertMany(many) = error.kind.as_ref() else { return None };
    if many.write_concern_error.is_some() {
        return None;
    }
    let first = many.write_errors.as_deref()?.first()?;
    Some((first.index, taken_of(first.code, &first.message)?.to_owned()))
}

/// Whether the index is of places, rather than of messages.
fn is_place(index: &str) -> bool {
    [name::REV, name::REVS, name::SEQ].contains(&index)
}

fn follows(head: Head, message: &StoredMessage) -> bool {
    (message.rev, message.created_rev, message.seq) == (head.rev + 1, head.rev + 1, head.seq + 1)
}

/// Whether a write's place, or that of what it changes, is past the next one: then the head is.
fn is_ahead(head: Head, write: &Write) -> bool {
    match write {
        Write::Insert(message) => message.rev > head.rev + 1 || message.seq > head.seq + 1,
        Write::Replace { expected_rev, message } => message.rev.max(expected_rev + 1) > head.rev + 1,
    }
}

/// Puts a message in place of the one that had this `rev`; `false` if it has another one now, or
/// the new one's place is taken.
async fn replace(
    core: &Core,
    conversation: ConversationId,
    expected_rev: u64,
    message: &StoredMessage,
) -> Result<bool, Fault> {
    let before = doc! {
        "_id": message.id.oid(),
        "conversationId": conversation.oid(),
        "rev": long(expected_rev),
    };
    match within(core.collections.messages.update_one(before, replacement(message)?)).await {
        Ok(updated) => Ok(updated.matched_count > 0),
        Err(Fault::Driver(error)) if taken(&error).is_some_and(is_place) => Ok(false),
        Err(fault) => Err(fault),
    }
}
