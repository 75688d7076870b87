//! Moves delivered watermarks, and finds the messages that reach their first recipient by that.
//!
//! Many conversations go together: what is needed of all of them is read by one query a collection
//! ([`recipients`]), and written by one command ([`advance`]). Those with which somebody else was
//! faster are read and tried again.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::ports::store::{Delivered, Delivery, Unread};
use serde::Deserialize;

use super::advance::{self, Advance};
use super::recipients::{self, Recipient, Recipients};
use crate::Core;
use crate::contention::Attempts;
use crate::fault::{Fault, all};
use crate::schema::Collections;
use crate::values::{Id as _, long, number};

/// Conversations in one command, which has to fit into a document even if all are of the largest.
const CHUNK: usize = 200;
/// Queries for messages that are under way at the same time.
const QUERIES: usize = 8;

/// What came of deliveries.
#[derive(Default)]
pub(super) struct Outcome {
    /// Messages that have reached their first recipient now.
    pub(super) told: Vec<Delivered>,
    /// Messages that the watermarks passed.
    pub(super) passed: u64,
    /// Somewhere there may be more, past the limit.
    pub(super) cut: bool,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.told.extend(other.told);
        self.passed += other.passed;
        self.cut |= other.cut;
    }
}

/// A delivery, until it is done.
struct Attempt<'a> {
    delivery: &'a Delivery,
    /// Its name: which delivery wrote a document.
    by: ObjectId,
    /// What comes of it if it was written the last time, which is not known.
    tried: Option<Outcome>,
}

/// Users who are behind, in one conversation.
struct Step<'a> {
    attempt: Attempt<'a>,
    recipients: Arc<Recipients>,
    behind: Vec<(ObjectId, Recipient)>,
}

/// A step with what it comes to.
struct Plan<'a> {
    attempt: Attempt<'a>,
    recipients: Arc<Recipients>,
    seqs: Vec<(ObjectId, u64)>,
    outcome: Outcome,
}

/// A message that a watermark passes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Passed {
    #[serde(rename = "_id")]
    id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
    deleted: bool,
}

/// Moves the watermarks of those of the users who are behind, past at most `limit` messages of each
/// conversation.
pub(super) async fn deliver(core: &Core, deliveries: &[Delivery], limit: i64) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for deliveries in deliveries.chunks(CHUNK) {
        if let Err(fault) = go(core, deliveries, limit, &mut outcome).await {
            // What was written has to be told; what was not is left to the next delivery.
            if outcome.told.is_empty() {
                return Err(fault);
            }
            tracing::warn!(error = &fault as &dyn std::error::Error, "deliveries are left for later");
            outcome.cut = true;
            break;
        }
    }
    Ok(outcome)
}

async fn go(core: &Core, deliveries: &[Delivery], limit: i64, outcome: &mut Outcome) -> Result<(), Fault> {
    let attempt = |delivery| Attempt { delivery, by: ObjectId::new(), tried: None };
    let mut left: Vec<_> = deliveries.iter().map(attempt).collect();
    let mut attempts = Attempts::new();
    loop {
        let steps = begin(core, left, outcome).await?;
        let steps = past_reading(&core.collections, steps).await?;
        let plans: Vec<_> = steps.into_iter().map(|step| step.plan(&core.collections, limit)).collect();
        let plans = stream::iter(plans).buffered(QUERIES).try_collect().await?;
        left = write(core, plans, outcome).await?;
        if left.is_empty() {
            return Ok(());
        }
        attempts.another().await?;
    }
}

/// Looks who is behind. Where nobody is, the attempt is over.
async fn begin<'a>(
    core: &Core,
    attempts: Vec<Attempt<'a>>,
    outcome: &mut Outcome,
) -> Result<Vec<Step<'a>>, Fault> {
    let ids: Vec<_> = attempts.iter().map(|attempt| attempt.delivery.conversation).collect();
    let known = recipients::load(core, &ids).await?;
    let mut steps = Vec::with_capacity(attempts.len());
    for mut attempt in attempts {
        let Some(recipients) = known.get(&attempt.delivery.conversation) else { continue };
        if let Some(tried) = attempt.tried.take()
            && recipients.by == Some(attempt.by)
        {
            // It was written, and the answer was lost.
            outcome.add(tried);
            continue;
        }
        let up_to = attempt.delivery.up_to;
        let behind = attempt.delivery.users.iter().filter_map(|user| {
            let recipient = recipients.all.get(&user.oid())?;
            (recipient.delivered < up_to).then_some((user.oid(), *recipient))
        });
        let behind: Vec<_> = behind.collect();
        if !behind.is_empty() {
            steps.push(Step { attempt, recipients: recipients.clone(), behind });
        }
    }
    Ok(steps)
}

/// Reading is being delivered: who has read what is delivered is no longer behind.
async fn past_reading<'a>(
    collections: &Collections,
    mut steps: Vec<Step<'a>>,
) -> Result<Vec<Step<'a>>, Fault> {
    let Some(lowest) = steps.iter().map(Step::lowest).min() else { return Ok(steps) };
    let ids: Vec<_> = steps.iter().map(|step| step.attempt.delivery.conversation).collect();
    let readers = recipients::readers(collections, &ids, lowest).await?;
    for step in &mut steps {
        let Some(readers) = readers.get(&step.attempt.delivery.conversation) else { continue };
        let recipients = Arc::make_mut(&mut step.recipients);
        for (user, highest) in readers {
            if let Some(recipient) = recipients.all.get_mut(user) {
                recipient.delivered = recipient.delivered.max(*highest);
            }
        }
        for (user, behind) in &mut step.behind {
            *behind = recipients.all.get(user).copied().unwrap_or(*behind);
        }
        let up_to = step.attempt.delivery.up_to;
        step.behind.retain(|(_, recipient)| recipient.delivered < up_to);
    }
    steps.retain(|step| !step.behind.is_empty());
    Ok(steps)
}

impl<'a> Step<'a> {
    /// Where the one is who is furthest behind.
    fn lowest(&self) -> u64 {
        self.behind.iter().map(|(_, recipient)| recipient.delivered).min().unwrap_or(u64::MAX)
    }

    async fn plan(self, collections: &Collections, limit: i64) -> Result<Plan<'a>, Fault> {
        let delivery = self.attempt.delivery;
        let lowest = self.lowest();
        let messages = match at_hand(delivery, lowest) {
            Some(messages) => messages,
            None => passed(collections, delivery.conversation, lowest, delivery.up_to, limit).await?,
        };
        // What is not there yet can't have been delivered; and there are no holes before the end.
        let reached = messages.last().map_or(lowest, |message| number(message.seq));
        let ahead: Vec<_> = self.recipients.all.iter().filter(|(_, it)| it.delivered > lowest).collect();
        let told = messages.iter().filter(|message| {
            let (seq, sender) = (number(message.seq), message.sender_id);
            !message.deleted
                && self.behind.iter().any(|(user, it)| *user != sender && it.delivered < seq)
                && !ahead.iter().any(|(user, it)| **user != sender && it.has(seq))
        });
        let told = told.map(|message| Delivered {
            message: MessageId::of(message.id),
            conversation: delivery.conversation,
            sender: UserId::of(message.sender_id),
        });
        let (told, passed) = (told.collect(), messages.len() as u64);
        let outcome = Outcome { told, passed, cut: passed >= number(limit) };
        let moved = self.behind.iter().filter(|(_, it)| it.delivered < reached);
        let seqs = moved.map(|(user, _)| (*user, reached)).collect();
        Ok(Plan { attempt: self.attempt, recipients: self.recipients, seqs, outcome })
    }
}

impl Plan<'_> {
    fn advance(&self) -> Advance<'_> {
        Advance {
            conversation: self.attempt.delivery.conversation.oid(),
            version: self.recipients.version,
            by: self.attempt.by,
            seqs: &self.seqs,
        }
    }
}

/// The messages that are passed, if the caller had just written all of them.
fn at_hand(delivery: &Delivery, after: u64) -> Option<Vec<Passed>> {
    let passed = delivery.written.iter().filter(|it| after < it.seq && it.seq <= delivery.up_to);
    let passed = passed.map(|Unread { message, sender, seq }| Passed {
        id: message.oid(),
        sender_id: sender.oid(),
        seq: long(*seq),
        deleted: false,
    });
    let passed: Vec<_> = passed.collect();
    (passed.len() as u64 == delivery.up_to - after).then_some(passed)
}

/// By `conversation_seq`.
async fn passed(
    collections: &Collections,
    conversation: ConversationId,
    after: u64,
    up_to: u64,
    limit: i64,
) -> Result<Vec<Passed>, Fault> {
    let range = doc! { "$gt": long(after), "$lte": long(up_to) };
    let messages = collections.messages.clone_with_type::<Passed>();
    let find = messages.find(doc! { "conversationId": conversation.oid(), "seq": range });
    let fields = doc! { "senderId": 1, "seq": 1, "deleted": 1 };
    all(find.sort(doc! { "seq": 1 }).limit(limit).projection(fields)).await
}

/// Writes the plans, and answers the attempts that are to be made again.
async fn write<'a>(
    core: &Core,
    mut plans: Vec<Plan<'a>>,
    outcome: &mut Outcome,
) -> Result<Vec<Attempt<'a>>, Fault> {
    plans.retain(|plan| !plan.seqs.is_empty());
    let advances: Vec<_> = plans.iter().map(Plan::advance).collect();
    let written = advance::write(&core.database, &advances).await;
    drop(advances);
    let mut again = Vec::new();
    for (place, Plan { mut attempt, recipients, seqs, outcome: planned }) in plans.into_iter().enumerate() {
        let id = attempt.delivery.conversation;
        if written.as_ref().is_ok_and(|written| written.get(place).is_some_and(|written| *written)) {
            core.recipients.insert(id, Arc::new(recipients.advanced(attempt.by, &seqs)));
            outcome.add(planned);
        } else {
            core.recipients.invalidate(&id);
            attempt.tried = Some(planned);
            again.push(attempt);
        }
    }
    written.map(|_| again)
}
