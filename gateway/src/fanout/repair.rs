//! Fetching what was lost on the way.

use std::time::Duration;

use natter_domain::ConversationId;
use natter_domain::rejection::MAX_CATCH_UP;
use natter_runtime::commands::Commands;

use super::missed::{Missed, Part};

/// How long a change may stay behind a later one before it counts as lost: with several writers
/// they overtake each other on the way.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);
/// Pause after a failed look at the store.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Who tells a timeline, and may be behind it.
pub(super) trait Follows: Sync {
    /// What comes after this is about to be fetched. `None` for who has nothing to tell (yet).
    fn begin_fetching(&self) -> Option<u64>;
    /// Takes what comes next.
    fn fill(&self, part: Part);
    /// There was nothing more.
    fn is_caught_up(&self);
}

/// Fetches what is missing up to the timeline's end; `false` where that did not come through.
pub(super) async fn fetch(
    commands: &Commands,
    conversation: ConversationId,
    follower: &impl Follows,
) -> bool {
    let Some(known) = follower.begin_fetching() else { return false };
    let mut missed = Missed::after(known, conversation, commands);
    loop {
        match missed.next(MAX_CATCH_UP).await {
            Ok(Some(part)) => follower.fill(part),
            Ok(None) => {
                follower.is_caught_up();
                return true;
            }
            Err(rejection) => {
                tracing::warn!(%rejection, "missing changes not fetched");
                return false;
            }
        }
    }
}
