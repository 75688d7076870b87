//! Telling the others that somebody types.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::{ConversationEvent, ConversationId, Event, Rejection, Topic};

use super::Session;
use crate::connection::Connection;
use crate::dialect::Answer;
use crate::gateway::Gateway;

/// Who says nothing for so long types no longer.
const SILENCE: Duration = Duration::from_secs(6);

impl Session {
    pub(super) async fn type_in(
        &mut self,
        conversation: ConversationId,
        typing: bool,
    ) -> Result<Answer, Rejection> {
        let socket = self.connection.id();
        if !self.gateway.rooms.has(socket, conversation) {
            return Err(Rejection::NotParticipant);
        }
        if self.gateway.rooms.is_muted(socket, conversation) {
            return Ok(Answer::Done);
        }
        if let Some(end) = self.typing.remove(&conversation) {
            end.abort();
        }
        tell(&self.gateway, &self.connection, conversation, typing).await;
        if typing {
            let (gateway, connection) = (self.gateway.clone(), self.connection.clone());
            let end = tokio::spawn(async move {
                tokio::time::sleep(SILENCE).await;
                tell(&gateway, &connection, conversation, false).await;
            });
            self.typing.insert(conversation, end.abort_handle());
        }
        Ok(Answer::Done)
    }

    /// Ends what the client has not ended itself.
    pub(super) async fn stop_typing(&mut self, conversation: ConversationId) {
        let Some(end) = self.typing.remove(&conversation) else { return };
        if !end.is_finished() {
            end.abort();
            tell(&self.gateway, &self.connection, conversation, false).await;
        }
    }
}

async fn tell(gateway: &Gateway, connection: &Arc<Connection>, conversation: ConversationId, typing: bool) {
    let event = ConversationEvent::Typing {
        user: connection.user().clone(),
        typing,
        socket: connection.id().to_string(),
    };
    let topic = Topic::Conversation(conversation);
    if let Err(error) = gateway.events.publish(topic, Event::Conversation(event)).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "typing not told");
    }
}
