//! Sending a message.

use natter_domain::command::SendMessage;
use natter_domain::message::Draft;
use natter_domain::{ConversationId, MessageId, Rejection};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn send(&self, conversation: ConversationId, draft: Draft) -> Result<Answer, Rejection> {
        let sender = self.connection.user_id();
        self.gateway.limits.message(sender)?;
        let command = SendMessage {
            id: MessageId::generate(self.gateway.clock.now()),
            conversation,
            sender,
            draft,
            audio_allowed: self.connection.dialect().has_audio(),
            group_only: false,
            socket: Some(self.connection.id().to_string()),
        };
        let sent = self.gateway.commands.call(command).await?;
        Ok(Answer::Sent(Box::new(sent.message)))
    }
}
