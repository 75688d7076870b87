//! Catching up several conversations.

use natter_domain::command::{Changes, Sync, Synced, SyncedConversation};

use super::Timelines;
use crate::error::ServiceError;
use crate::pages::MAX_REPLY_BYTES;

impl Timelines {
    /// What changed after each cursor. A reply that grew too large leaves the rest for the next.
    pub(crate) async fn sync(&self, command: Sync) -> Result<Synced, ServiceError> {
        let mut synced = Synced { conversations: Vec::new(), removed: Vec::new() };
        let mut budget = MAX_REPLY_BYTES;
        for cursor in command.cursors {
            match self.context.participated(cursor.conversation, command.user).await {
                Ok(_) => {}
                Err(ServiceError::Rejected(_)) => {
                    synced.removed.push(cursor.conversation);
                    continue;
                }
                Err(error) => return Err(error),
            }
            let changes = if budget == 0 {
                let head = self.context.stores.timeline.head(cursor.conversation).await?;
                Changes { changes: Vec::new(), rev: cursor.rev, has_more: cursor.rev < head.rev }
            } else {
                self.changes_after(cursor.conversation, cursor.rev, command.limit, &mut budget).await?
            };
            synced.conversations.push(SyncedConversation { conversation: cursor.conversation, changes });
        }
        Ok(synced)
    }
}
