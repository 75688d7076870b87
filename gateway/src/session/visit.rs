//! Telling the others in a group, in a dialect that does, who joins and who leaves.

use natter_domain::{ConversationEvent, ConversationId, Rejection};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn end_visit(&mut self, group: ConversationId) -> Result<Answer, Rejection> {
        // Who is not there has nobody to tell.
        let joined = self.gateway.rooms.has(self.connection.id(), group);
        self.leave(group).await?;
        if joined {
            self.tell_visit(group, false).await;
        }
        Ok(Answer::Done)
    }

    pub(super) async fn tell_visit(&self, group: ConversationId, came: bool) {
        let event = ConversationEvent::Visited {
            user: self.connection.user().clone(),
            came,
            socket: self.connection.id().to_string(),
        };
        self.gateway.tell(group, [], event).await;
    }
}

/// In a group that is not there one is no member either, and learns no more than that.
pub(super) fn no_member(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::ConversationNotFound => Rejection::NotParticipant,
        other => other,
    }
}
