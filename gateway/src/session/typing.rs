//! Telling the others that somebody types.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::{ConversationEvent, ConversationId, Rejection, UserId};
use tokio::task::AbortHandle;

use super::Session;
use crate::connection::Connection;
use crate::dialect::Answer;
use crate::gateway::Gateway;

/// Who says nothing for so long types no longer.
const SILENCE: Duration = Duration::from_secs(6);

/// Somebody types; the task ends it where the client does not.
pub(super) struct Typing {
    end: AbortHandle,
    partner: Option<UserId>,
}

impl Session {
    pub(super) async fn type_in(
        &mut self,
        conversation: ConversationId,
        typing: bool,
    ) -> Result<Answer, Rejection> {
        let place = self.place(conversation).await?;
        if place.muted {
            return Ok(Answer::Done);
        }
        if let Some(before) = self.typing.remove(&conversation) {
            before.end.abort();
        }
        let partner = place.partner;
        tell(&self.gateway, &self.connection, conversation, partner, typing).await;
        if typing {
            let (gateway, connection) = (self.gateway.clone(), self.connection.clone());
            let end = tokio::spawn(async move {
                tokio::time::sleep(SILENCE).await;
                tell(&gateway, &connection, conversation, partner, false).await;
            });
            self.typing.insert(conversation, Typing { end: end.abort_handle(), partner });
        }
        Ok(Answer::Done)
    }

    /// Ends what the client has not ended itself.
    pub(super) async fn stop_typing(&mut self, conversation: ConversationId) {
        let Some(Typing { end, partner }) = self.typing.remove(&conversation) else { return };
        if !end.is_finished() {
            end.abort();
            tell(&self.gateway, &self.connection, conversation, partner, false).await;
        }
    }
}

/// Tells the room; and in a direct conversation the other one, since one's own devices need not know.
async fn tell(
    gateway: &Gateway,
    connection: &Arc<Connection>,
    conversation: ConversationId,
    partner: Option<UserId>,
    typing: bool,
) {
    let event = ConversationEvent::Typing {
        user: connection.user().clone(),
        typing,
        socket: connection.id().to_string(),
    };
    gateway.tell(conversation, partner, event).await;
}
