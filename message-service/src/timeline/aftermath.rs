//! What follows a write and must not hold up the next one: senders learn that a recipient was
//! reached, lists of conversations move, and the timeline's end is said once more, so that the loss
//! of the last event is noticed. The first two cost more than the write, so they are done for many
//! conversations together: see [`super::gather`].

use std::sync::Arc;
use std::time::Duration;

use natter_domain::message::{ChangeKind, Head};
use natter_domain::{ConversationEvent, ConversationId, StoredMessage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::Writers;
use crate::context::Context;

/// At most one update of the lists in this time; the last state is always told.
const ACTIVITY_EVERY: Duration = Duration::from_secs(1);
/// The end of a timeline is said again when it has been quiet for this long. A lost last event is
/// so noticed well within 5 s.
const HEAD_AFTER: Duration = Duration::from_secs(2);

/// One conversation's follow-up, in the writer's task.
pub(super) struct Aftermath {
    context: Arc<Context>,
    conversation: ConversationId,
    /// Where what goes together with other conversations is gathered.
    writers: Arc<Writers>,
    list: Option<Instant>,
    listed_at: Option<Instant>,
    repeat_head: Option<Instant>,
    /// The end is being said, in a task of its own, so that giving up waiting does not give it up;
    /// whether it need not be said again.
    running: Option<JoinHandle<bool>>,
}

impl Aftermath {
    pub(super) fn new(context: Arc<Context>, writers: Arc<Writers>, conversation: ConversationId) -> Self {
        Self { context, conversation, writers, list: None, listed_at: None, repeat_head: None, running: None }
    }

    /// A change, after which a message is so, is durable; `head` ends the timeline now.
    pub(super) fn written(&mut self, head: Head, kind: ChangeKind, message: &StoredMessage) {
        let now = Instant::now();
        if kind == ChangeKind::Created {
            self.writers.undelivered.add(self.conversation, |undelivered| undelivered.add(message));
        }
        if message.seq == head.seq {
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
        [self.list, self.repeat_head].into_iter().flatten().min()
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
            // One that panicked has said so.
            let settled = running.await.unwrap_or(true);
            self.running = None;
            if !settled {
                self.repeat_head.get_or_insert(Instant::now() + HEAD_AFTER);
            }
        }
    }

    /// Has everything that is left done at once, but for saying the end again: its time has not come.
    pub(super) async fn finish(mut self) {
        if self.list.take().is_some() {
            self.move_list();
        }
        if let Some(running) = self.running {
            drop(running.await);
        }
    }

    fn begin(&mut self) -> Option<JoinHandle<bool>> {
        let now = Instant::now();
        if self.list.take_if(|due| *due <= now).is_some() {
            self.listed_at = Some(now);
            self.move_list();
        }
        self.repeat_head.take_if(|due| *due <= now)?;
        Some(tokio::spawn(repeat_head(self.context.clone(), self.conversation)))
    }

    fn move_list(&self) {
        self.writers.lists.add(self.conversation, |()| {});
    }
}

/// Whether it was said. Nobody waits for it, so that its failure ends here.
async fn repeat_head(context: Arc<Context>, conversation: ConversationId) -> bool {
    match context.stores.timeline.head(conversation).await {
        Ok(head) => {
            context.tell_conversation(conversation, ConversationEvent::Head(head)).await;
            true
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "head not said again");
            false
        }
    }
}
