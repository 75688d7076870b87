//! Joining and leaving conversations.

use natter_domain::{ConversationId, Rejection};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn join(
        &mut self,
        conversation: ConversationId,
        after_rev: Option<u64>,
    ) -> Result<Answer, Rejection> {
        let joined = self.gateway.rooms.join(&self.connection, conversation, after_rev).await;
        if joined.is_ok() {
            self.joined.insert(conversation);
        } else {
            self.joined.remove(&conversation);
        }
        joined.map(Answer::Joined)
    }

    pub(super) async fn leave(&mut self, conversation: ConversationId) -> Result<Answer, Rejection> {
        self.stop_typing(conversation).await;
        self.joined.remove(&conversation);
        self.gateway.rooms.leave(self.connection.id(), conversation);
        Ok(Answer::Done)
    }
}
