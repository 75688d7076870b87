//! Sending a message.

use natter_domain::command::{OpenDirect, SendMessage};
use natter_domain::message::Draft;
use natter_domain::{ConversationId, Message, MessageId, Rejection, UserId};

use super::Session;
use super::visit::no_member;
use crate::dialect::Answer;

/// Partners whose conversation is remembered.
const MOST_PARTNERS: usize = 64;

impl Session {
    pub(super) async fn send(
        &self,
        conversation: ConversationId,
        draft: Draft,
        group_only: bool,
    ) -> Result<Answer, Rejection> {
        self.gateway.limits.message(self.connection.user_id())?;
        let sent = self.store(self.next_id(), conversation, draft, group_only).await;
        let sent = if group_only { sent.map_err(no_member) } else { sent };
        Ok(Answer::Sent(Box::new(sent?)))
    }

    /// Sends to somebody. The conversation is made before the message is stored; what can't be sent
    /// anyway must not make one.
    pub(super) async fn send_direct(&mut self, recipient: UserId, draft: Draft) -> Result<Answer, Rejection> {
        let user = self.connection.user_id();
        self.gateway.limits.message(user)?;
        let conversation = match self.partners.get(&recipient) {
            Some(known) => *known,
            None => {
                draft.check_content(self.connection.dialect().has_audio())?;
                let opened = self.gateway.commands.call(OpenDirect { user, other: recipient }).await?;
                let id = opened.conversation.conversation.id;
                if self.partners.len() >= MOST_PARTNERS {
                    self.partners.clear();
                }
                self.partners.insert(recipient, id);
                id
            }
        };
        let id = self.next_id();
        self.connection.sends(id);
        let sent = self.store(id, conversation, draft, false).await?;
        Ok(Answer::SentDirect(Box::new(sent)))
    }

    fn next_id(&self) -> MessageId {
        MessageId::generate(self.gateway.clock.now())
    }

    async fn store(
        &self,
        id: MessageId,
        conversation: ConversationId,
        draft: Draft,
        group_only: bool,
    ) -> Result<Message, Rejection> {
        let command = SendMessage {
            id,
            conversation,
            sender: self.connection.user_id(),
            draft,
            audio_allowed: self.connection.dialect().has_audio(),
            group_only,
        };
        Ok(self.gateway.commands.call(command).await?.message)
    }
}
