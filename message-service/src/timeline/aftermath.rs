//! What follows a write and must not hold up the next one: senders learn that a recipient was
//! reached, lists of conversations move, and the timeline's end is said once more, so that the loss
//! of the last event is noticed.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::command::WhoIsConnected;
use natter_domain::conversation::MAX_MEMBERS_FOR_ACTIVITY;
use natter_domain::event::ConversationActivity;
use natter_domain::message::{ChangeKind, Head};
use natter_domain::ports::store::StoreError;
use natter_domain::{ConversationEvent, ConversationId, Event, Topic, UserEvent};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::context::Context;
use crate::receipts;

/// At most one update of the lists in this time; the last state is always told.
const ACTIVITY_EVERY: Duration = Duration::from_secs(1);
/// The end of a timeline is said again when it has been quiet for this long. A lost last event is
/// so noticed well within 5 s.
const HEAD_AFTER: Duration = Duration::from_secs(2);

/// One conversation's follow-up, in the writer's task.
pub(super) struct Aftermath {
    context: Arc<Context>,
    conversation: ConversationId,
    /// The newest message that nobody has been told to be delivered.
    undelivered: Option<u64>,
    list: Option<Instant>,
    listed_at: Option<Instant>,
    repeat_head: Option<Instant>,
    /// What is being done, in a task of its own, so that giving up waiting does not give it up;
    /// whether nothing of it has to be done again.
    running: Option<JoinHandle<bool>>,
}

impl Aftermath {
    pub(super) fn new(context: Arc<Context>, conversation: ConversationId) -> Self {
        Self {
            context,
            conversation,
            undelivered: None,
            list: None,
            listed_at: None,
            repeat_head: None,
            running: None,
        }
    }

    /// A change is durable; `head` ends the timeline now.
    pub(super) fn written(&mut self, head: Head, kind: ChangeKind, seq: u64) {
        let now = Instant::now();
        if kind == ChangeKind::Created {
            self.undelivered = Some(head.seq);
        }
        if seq == head.seq {
            let due = self.listed_at.map_or(now, |at| (at + ACTIVITY_EVERY).max(now));
            self.list.get_or_insert(due);
        }
        self.repeat_head = Some(now + HEAD_AFTER);
    }

    /// Something may have been written that nobody knows of.
    pub(super) fn doubtful(&mut self) {
        self.repeat_head = Some(Instant::now());
    }

    /// Nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        self.running.is_none() && self.next().is_none()
    }

    fn next(&self) -> Option<Instant> {
        let deliver = self.undelivered.map(|_seq| Instant::now());
        [deliver, self.list, self.repeat_head].into_iter().flatten().min()
    }

    /// Waits for what is next, and does it. Cancel safe.
    pub(super) async fn step(&mut self) {
        if self.running.is_none() {
            match self.next() {
                None => std::future::pending().await,
                Some(due) => sleep_until(due).await,
            }
            self.running = self.begin();
        }
        if let Some(running) = &mut self.running {
            // A follow-up that panicked has said so; the next one goes on.
            let settled = running.await.unwrap_or(true);
            self.running = None;
            if !settled {
                self.repeat_head.get_or_insert(Instant::now() + HEAD_AFTER);
            }
        }
    }

    /// Does everything that is left at once, but for saying the end again: its time has not come.
    pub(super) async fn finish(mut self) {
        self.repeat_head = None;
        while self.running.is_some() || self.undelivered.is_some() || self.list.is_some() {
            let now = Instant::now();
            self.list = self.list.map(|_due| now);
            self.step().await;
        }
    }

    fn begin(&mut self) -> Option<JoinHandle<bool>> {
        let (context, conversation) = (self.context.clone(), self.conversation);
        let now = Instant::now();
        if let Some(up_to) = self.undelivered.take() {
            return Some(tokio::spawn(async move {
                settle("deliver", deliver(context, conversation, up_to)).await;
                true
            }));
        }
        if self.list.take_if(|due| *due <= now).is_some() {
            self.listed_at = Some(now);
            return Some(tokio::spawn(async move {
                settle("activity", tell_lists(context, conversation)).await;
                true
            }));
        }
        if self.repeat_head.take_if(|due| *due <= now).is_some() {
            return Some(tokio::spawn(settle("head", repeat_head(context, conversation))));
        }
        None
    }
}

/// Nobody waits for a follow-up, so its failure ends here: delivery is caught up when the recipient
/// connects again, a list when it is fetched. Only a head has to be said again: `false` if it failed.
async fn settle(what: &'static str, follow_up: impl Future<Output = Result<(), StoreError>> + Send) -> bool {
    let settled = follow_up.await;
    if let Err(error) = &settled {
        tracing::warn!(what, error = error as &dyn std::error::Error, "follow-up of a write failed");
    }
    settled.is_ok()
}

async fn deliver(context: Arc<Context>, conversation: ConversationId, up_to: u64) -> Result<(), StoreError> {
    let Some(known) = context.directory.conversation(conversation).await? else { return Ok(()) };
    let users = known.participants.iter().map(|participant| participant.user).collect();
    // Where presence is unknown, nobody counts as reached: they will be when they connect.
    let Ok(connected) = context.commands.call(WhoIsConnected { users }).await else { return Ok(()) };
    if connected.is_empty() {
        return Ok(());
    }
    let connected: Vec<_> = connected.into_iter().collect();
    let reached =
        context.stores.receipts.mark_delivered(conversation, &connected, up_to, context.now()).await?;
    receipts::tell_delivered(&context, reached).await;
    Ok(())
}

async fn tell_lists(context: Arc<Context>, conversation: ConversationId) -> Result<(), StoreError> {
    let Some(known) = context.directory.conversation(conversation).await? else { return Ok(()) };
    if known.participants.len() > MAX_MEMBERS_FOR_ACTIVITY {
        return Ok(());
    }
    let Some(listed) = (match known.participants.first() {
        Some(first) => context.stores.conversations.listed(conversation, first.user).await?,
        None => None,
    }) else {
        return Ok(());
    };
    let Some(message) = listed.last_message else { return Ok(()) };
    let last_message = context.show_last_message(message).await?;
    for (user, unread) in context.stores.conversations.unread_counts(conversation).await? {
        let activity = ConversationActivity {
            conversation,
            kind: known.kind,
            updated_at: last_message.at,
            last_message: last_message.clone(),
            head: listed.head,
            unread,
        };
        context.publish(Topic::User(user), Event::User(UserEvent::ConversationActivity(activity))).await;
    }
    Ok(())
}

async fn repeat_head(context: Arc<Context>, conversation: ConversationId) -> Result<(), StoreError> {
    let head = context.stores.timeline.head(conversation).await?;
    context.tell_conversation(conversation, ConversationEvent::Head(head)).await;
    Ok(())
}
