//! Direct conversations, for sockets of dialects in which those need no join.
//!
//! What happens in a direct conversation comes to its two users on topics of their own. Here it is put
//! in order for the sockets of one user, and what was lost is fetched, as a room does it for those
//! that joined. A conversation is remembered from the first that is heard of it; nothing is
//! subscribed and nothing is read, however many a user has. The price: of a conversation that was
//! there before and of which nothing was heard since, a first change that is lost is missed where
//! another one follows at once; clients find it by `sync`, as they find what they missed offline.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use natter_domain::message::ChangeKind;
use natter_domain::ports::Clock;
use natter_domain::{ConversationEvent, ConversationId, ConversationKind, ConversationView};
use natter_runtime::commands::Commands;
use tokio::time::{Instant, sleep};

use super::encoded::Encoded;
use super::feed::Feed;
use super::missed::Part;
use super::relay;
use super::repair::{Follows, PATIENCE, PAUSE, fetch};
use super::sequence::Sequence;
use crate::connection::Connection;

/// Conversations that are remembered without a thought.
const FEW: usize = 256;
/// Who was quiet for so long may be forgotten: the last change has long been told or missed.
const QUIET: Duration = Duration::from_secs(60);

/// The direct conversations of one user, as far as they were heard of.
#[derive(Default)]
pub(super) struct Directs {
    known: HashMap<ConversationId, Direct>,
    forgot_at: Option<Instant>,
}

struct Direct {
    sequence: Sequence,
    touched: Instant,
    /// A task looks after what is missing.
    repairing: bool,
    /// Its end was the first that was heard of it: what happened before a socket was here is no news
    /// to it, but what it has caught up with.
    guessed: bool,
}

impl Directs {
    /// The conversation, told up to `told` where it is new.
    fn open(&mut self, id: ConversationId, told: u64, guessed: bool) -> &mut Direct {
        let now = Instant::now();
        if self.known.len() >= FEW && self.known.len().is_power_of_two() {
            self.known.retain(|_, direct| direct.repairing || now - direct.touched < QUIET);
            self.forgot_at = Some(now);
        }
        let direct = self.known.entry(id).or_insert_with(|| Direct {
            sequence: Sequence::after(told),
            touched: now,
            repairing: false,
            guessed,
        });
        direct.touched = now;
        direct
    }

    /// What happened longer ago may have been told and forgotten.
    fn memory(&self) -> Duration {
        self.forgot_at.map_or(Duration::MAX, |at| at.elapsed() + QUIET)
    }
}

/// Something that feeds need to fetch what is missing.
pub(super) struct Repairs {
    pub(super) commands: Commands,
    pub(super) clock: Arc<dyn Clock>,
}

impl Feed {
    /// Something has happened in a direct conversation.
    pub(super) fn take_direct(
        self: &Arc<Self>,
        conversation: ConversationId,
        event: &ConversationEvent,
        repairs: &Arc<Repairs>,
    ) {
        let listeners = self.listeners();
        if listeners.is_empty() {
            return;
        }
        let mut directs = self.directs();
        let direct = match event {
            ConversationEvent::Changed(change) => {
                let before = change.message.stored.rev.saturating_sub(1);
                let direct = directs.open(conversation, before, false);
                for change in direct.sequence.take(change.clone()) {
                    tell(&listeners, conversation, &ConversationEvent::Changed(change));
                }
                direct
            }
            ConversationEvent::Head(head) => {
                // Of a conversation that nothing was heard of, the last change was lost, or was
                // before somebody came: then it is no news to them.
                let direct = directs.open(conversation, head.rev.saturating_sub(1), true);
                direct.sequence.hear_of(head.rev);
                direct
            }
            event => return tell(&listeners, conversation, event),
        };
        if direct.sequence.has_gap() && !direct.repairing {
            direct.repairing = true;
            tokio::spawn(look_after(Arc::downgrade(self), conversation, repairs.clone()));
        }
    }

    /// A direct conversation is new: all of it is to be told. What it comes with may be ahead of its
    /// changes, which come by another topic.
    pub(super) fn begin_direct(&self, view: &ConversationView) {
        if view.conversation.kind == ConversationKind::Direct && !self.listeners().is_empty() {
            self.directs().open(view.conversation.id, 0, false);
        }
    }

    /// Events may have been lost: looks in every conversation that was heard of.
    pub(super) fn doubt_directs(self: &Arc<Self>, repairs: &Arc<Repairs>) {
        for (conversation, direct) in &mut self.directs().known {
            direct.sequence.doubt();
            if !direct.repairing {
                direct.repairing = true;
                tokio::spawn(look_after(Arc::downgrade(self), *conversation, repairs.clone()));
            }
        }
    }

    /// Whether something is missing still; the task that looks after it ends where not.
    fn is_behind(&self, conversation: ConversationId) -> bool {
        let mut directs = self.directs();
        let Some(direct) = directs.known.get_mut(&conversation) else { return false };
        direct.repairing = direct.sequence.has_gap();
        direct.repairing
    }
}

/// Fetches what stays missing for longer than changes overtake each other.
async fn look_after(feed: Weak<Feed>, conversation: ConversationId, repairs: Arc<Repairs>) {
    let mut pause = PATIENCE;
    loop {
        sleep(pause).await;
        let Some(feed) = feed.upgrade() else { return };
        if !feed.is_behind(conversation) {
            return;
        }
        metrics::counter!("natter_gateway_gaps_total").increment(1);
        let timeline = Timeline { feed: &feed, conversation, clock: repairs.clock.as_ref() };
        let found = fetch(&repairs.commands, conversation, &timeline).await;
        // What could not be found out is looked for again.
        pause = if found { PATIENCE } else { PAUSE };
    }
}

/// One direct conversation's timeline, as it is told here.
struct Timeline<'a> {
    feed: &'a Feed,
    conversation: ConversationId,
    clock: &'a dyn Clock,
}

impl Follows for Timeline<'_> {
    fn begin_fetching(&self) -> Option<u64> {
        self.feed.directs().known.get_mut(&self.conversation)?.sequence.begin_fetching()
    }

    fn fill(&self, part: Part) {
        let listeners = self.feed.listeners();
        let mut directs = self.feed.directs();
        let memory = directs.memory();
        let Some(direct) = directs.known.get_mut(&self.conversation) else { return };
        let guessed = std::mem::take(&mut direct.guessed);
        for change in direct.sequence.fill(part.changes, part.rev) {
            let age = self.clock.now().since(change.message.stored.updated_at);
            let is_news = |listener: &Arc<Connection>| !guessed || age < listener.followed_for().min(memory);
            let listeners: Vec<_> = listeners.iter().filter(|it| is_news(it)).cloned().collect();
            tell(&listeners, self.conversation, &ConversationEvent::Changed(change));
        }
    }

    fn is_caught_up(&self) {
        if let Some(direct) = self.feed.directs().known.get_mut(&self.conversation) {
            direct.sequence.is_caught_up();
        }
    }
}

/// Tells sockets, but for those that have it otherwise: by an ack, or as a page.
fn tell(listeners: &[Arc<Connection>], conversation: ConversationId, event: &ConversationEvent) {
    if let ConversationEvent::Relayed { name, payload, socket, .. } = event {
        let Some(frame) = relay::frame(name, payload) else { return };
        for listener in listeners.iter().filter(|listener| listener.id().as_str() != socket) {
            listener.offer(&frame);
        }
        return;
    }
    let encoded = Encoded::new(|dialect| dialect.direct(conversation, event));
    for listener in listeners.iter().filter(|listener| !has(listener, conversation, event)) {
        listener.send(encoded.frames(listener.dialect_id()));
    }
}

fn has(listener: &Connection, conversation: ConversationId, event: &ConversationEvent) -> bool {
    match event {
        ConversationEvent::Changed(change) => {
            let stored = &change.message.stored;
            // Both are asked, since what has come by is forgotten.
            let has_sent = change.kind == ChangeKind::Created && listener.has_sent(stored.id);
            listener.has_paged(conversation, stored.rev) || has_sent
        }
        ConversationEvent::Typing { socket, .. } => listener.id().as_str() == socket,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(number: usize) -> ConversationId {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        ConversationId::from_bytes(bytes)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_quiet_is_forgotten_where_there_is_much_and_is_no_news_then() {
        let mut directs = Directs::default();
        for number in 0..FEW {
            directs.open(conversation(number), 1, false);
        }
        assert_eq!((directs.known.len(), directs.memory()), (FEW, Duration::MAX));
        tokio::time::advance(QUIET).await;
        directs.open(conversation(FEW), 1, false);
        tokio::time::advance(QUIET).await;
        assert_eq!((directs.known.len(), directs.memory()), (1, QUIET * 2));
    }
}
