//! The task that follows one conversation while somebody here has joined it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use natter_domain::command::{JoinConversation, ReadChanges};
use natter_domain::ports::{Published, Subscription};
use natter_domain::rejection::MAX_CATCH_UP;
use natter_domain::{ConversationId, Event, Rejection, UserId};
use natter_runtime::commands::Commands;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::room::Room;

/// How long a change may stay behind a later one before it counts as lost: with several writers
/// they overtake each other on the way.
const PATIENCE: Duration = Duration::from_millis(50);
/// Pause after a failed look at the store.
const PAUSE: Duration = Duration::from_millis(500);

/// Follows a conversation.
pub(super) struct Follower {
    pub(super) conversation: ConversationId,
    pub(super) room: Arc<Mutex<Room>>,
    pub(super) commands: Commands,
}

impl Follower {
    /// Takes what comes until `stop`.
    pub(super) async fn run(self, mut events: Subscription, stop: CancellationToken) {
        let mut missing_since: Option<Instant> = None;
        loop {
            let patience = missing_since.map(|since| since + PATIENCE);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                published = events.next() => match published {
                    Some(Published::Event(Event::Conversation(event))) => self.room().take(event),
                    Some(Published::Event(_)) => {}
                    Some(Published::Gap) => {
                        self.fetch().await;
                        self.revalidate().await;
                    }
                    None => return,
                },
                () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {
                    metrics::counter!("natter_gateway_gaps_total").increment(1);
                    self.fetch().await;
                }
            }
            let missing = self.room().has_gap();
            missing_since = missing.then(|| missing_since.unwrap_or_else(Instant::now));
        }
    }

    fn room(&self) -> std::sync::MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches what is missing up to the timeline's end. Where the store can't be reached, what is
    /// missing stays missing, and is fetched after a pause.
    async fn fetch(&self) {
        loop {
            let Some(known) = self.room().rev() else { return };
            let request =
                ReadChanges { conversation: self.conversation, after_rev: known, limit: MAX_CATCH_UP as u32 };
            match self.commands.call(request).await {
                Ok(part) => {
                    let mut room = self.room();
                    room.fill(known, part.changes, part.rev);
                    if !part.has_more {
                        return room.is_caught_up();
                    }
                }
                Err(rejection) => {
                    tracing::warn!(%rejection, "missing changes not fetched");
                    return sleep(PAUSE).await;
                }
            }
        }
    }

    /// Events may have been lost that took somebody out.
    async fn revalidate(&self) {
        let users: HashSet<_> = self.room().users().collect();
        for user in users {
            revalidate(&self.commands, &self.room, self.conversation, user).await;
        }
    }
}

/// Looks whether a user still takes part, and whether what they type is to be shown.
pub(super) async fn revalidate(
    commands: &Commands,
    room: &Mutex<Room>,
    conversation: ConversationId,
    user: UserId,
) {
    let joined = commands.call(JoinConversation { user, conversation }).await;
    let mut room = room.lock().unwrap_or_else(PoisonError::into_inner);
    match joined {
        Ok(joined) => room.mute(user, joined.muted),
        Err(Rejection::NotParticipant | Rejection::ConversationNotFound) => room.expel(user),
        // Nothing is known: they stay until it is.
        Err(_) => {}
    }
}
