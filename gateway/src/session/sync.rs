//! Catching up by pages.

use natter_domain::Rejection;
use natter_domain::command::{Sync, SyncCursor};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn sync(&self, cursors: Vec<SyncCursor>, limit: u32) -> Result<Answer, Rejection> {
        let user = self.connection.user_id();
        self.gateway.commands.call(Sync { user, cursors, limit }).await.map(Answer::Synced)
    }
}
