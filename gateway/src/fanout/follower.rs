//! The task that follows one conversation while somebody here has joined it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use natter_domain::command::JoinConversation;
use natter_domain::ports::{Published, Subscription};
use natter_domain::{ConversationEvent, ConversationId, Event, Rejection, UserId};
use natter_runtime::commands::Commands;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::missed::Part;
use super::repair::{Follows, PATIENCE, PAUSE, fetch};
use super::room::Room;
use super::turns::Turns;

/// Follows a conversation.
pub(super) struct Follower {
    pub(super) conversation: ConversationId,
    pub(super) room: Arc<Mutex<Room>>,
    pub(super) commands: Commands,
}

impl Follower {
    /// Takes what comes until `stop`.
    pub(super) async fn run(self, events: Subscription, stop: CancellationToken) {
        let mut turns = Turns::new(events);
        // When the store is to be looked at, where something is missing or may be.
        let mut look_at: Option<Instant> = None;
        let mut doubtful = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                turn = turns.next(|| self.room().size()) => {
                    let Some(turn) = turn else { return };
                    if matches!(turn.last(), Some(Published::Gap)) {
                        doubtful = true;
                        look_at = Some(Instant::now());
                    }
                    self.room().take(turn.into_iter().filter_map(of_conversation));
                }
                () = sleep_until(look_at.unwrap_or_else(Instant::now)), if look_at.is_some() => {
                    metrics::counter!("natter_gateway_gaps_total").increment(1);
                    let found = fetch(&self.commands, self.conversation, &self).await && (!doubtful || self.revalidate().await);
                    doubtful &= !found;
                    // What could not be found out is looked for again.
                    look_at = (!found).then(|| Instant::now() + PAUSE);
                }
            }
            if doubtful || self.room().sequence().has_gap() {
                look_at.get_or_insert_with(|| Instant::now() + PATIENCE);
            } else {
                look_at = None;
            }
        }
    }

    fn room(&self) -> std::sync::MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Events may have been lost that took somebody out; `false` where that can't be told.
    async fn revalidate(&self) -> bool {
        let users: HashSet<_> = self.room().users().collect();
        for user in users {
            if !revalidate(&self.commands, &self.room, self.conversation, user).await {
                return false;
            }
        }
        true
    }
}

impl Follows for Follower {
    fn begin_fetching(&self) -> Option<u64> {
        self.room().sequence().begin_fetching()
    }

    fn fill(&self, part: Part) {
        self.room().fill(part.changes, part.rev);
    }

    fn is_caught_up(&self) {
        self.room().sequence().is_caught_up();
    }
}

fn of_conversation(published: Published) -> Option<ConversationEvent> {
    match published {
        Published::Event(Event::Conversation(event)) => Some(event),
        Published::Event(_) | Published::Gap => None,
    }
}

/// Looks whether a user still takes part, and whether what they type is to be shown; `false` where
/// nothing is known: they stay as they are until it is.
pub(super) async fn revalidate(
    commands: &Commands,
    room: &Mutex<Room>,
    conversation: ConversationId,
    user: UserId,
) -> bool {
    let joined = commands.call(JoinConversation { user, conversation }).await;
    let mut room = room.lock().unwrap_or_else(PoisonError::into_inner);
    match joined {
        Ok(joined) => room.mute(user, joined.muted),
        Err(Rejection::NotParticipant | Rejection::ConversationNotFound) => room.expel(user),
        Err(_) => return false,
    }
    true
}
