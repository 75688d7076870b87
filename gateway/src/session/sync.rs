//! Catching up by pages.

use natter_domain::Rejection;
use natter_domain::command::{Sync, SyncCursor};

use super::Session;
use crate::dialect::{Answer, Asked};

impl Session {
    pub(super) async fn sync(&self, cursors: Asked<SyncCursor>, limit: u32) -> Result<Answer, Rejection> {
        let user = self.connection.user_id();
        let Asked { things, malformed } = cursors;
        let parts = self.gateway.commands.call(Sync { user, cursors: things, limit }).await?;
        self.gateway.feeds.page(&self.connection, &parts.conversations);
        Ok(Answer::Synced { parts, malformed })
    }
}
