//! Joining groups in a dialect that tells the others there of it.

use natter_domain::{ConversationEvent, ConversationId, Rejection};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn visit(
        &mut self,
        group: ConversationId,
        after_rev: Option<u64>,
    ) -> Result<Answer, Rejection> {
        let joined = self.gateway.rooms.join_group(&self.connection, group, after_rev).await;
        match joined {
            Ok(joined) => {
                self.joined.insert(group);
                self.tell_visit(group, true).await;
                Ok(Answer::Joined(joined))
            }
            Err(rejection) => {
                self.joined.remove(&group);
                Err(no_member(rejection))
            }
        }
    }

    pub(super) async fn end_visit(&mut self, group: ConversationId) -> Result<Answer, Rejection> {
        // Who is not there has nobody to tell.
        let joined = self.gateway.rooms.has(self.connection.id(), group);
        self.leave(group).await?;
        if joined {
            self.tell_visit(group, false).await;
        }
        Ok(Answer::Done)
    }

    async fn tell_visit(&self, group: ConversationId, came: bool) {
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
