//! Changing one's own text.

use natter_domain::command::EditMessage;
use natter_domain::message::check_length;
use natter_domain::{Message, MessageKind, Rejection};

use super::Timelines;
use super::mutation::Mutation;
use super::writer::Task;
use crate::error::ServiceError;

impl Timelines {
    /// Sets the text of a text message of the caller's own.
    pub(crate) async fn edit(&self, command: EditMessage) -> Result<Message, ServiceError> {
        let (message, conversation) = self.context.visible_message(command.message, command.user).await?;
        if message.sender != command.user {
            return Err(Rejection::NotSender.into());
        }
        if message.deleted {
            return Err(Rejection::MessageDeleted.into());
        }
        if message.kind != MessageKind::Text {
            return Err(Rejection::NotEditable.into());
        }
        // An edit would reach the other one like a message.
        self.context.unblocked(&conversation, command.user).await?;
        if command.text.trim().is_empty() {
            return Err(Rejection::EmptyMessage.into());
        }
        check_length(&command.text)?;
        let task = Task::Mutate { message: message.id, mutation: Mutation::Edit { text: command.text } };
        Ok(self.write(conversation.id, task).await?.message)
    }
}
