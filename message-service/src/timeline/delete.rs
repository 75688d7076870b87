//! Deleting a message.

use natter_domain::command::DeleteMessage;
use natter_domain::{Message, Rejection};

use super::Timelines;
use super::mutation::Mutation;
use super::writer::Task;
use crate::error::ServiceError;

impl Timelines {
    /// Deletes a message of the caller's own, or as a group's admin any of the group's.
    pub(crate) async fn delete(&self, command: DeleteMessage) -> Result<Message, ServiceError> {
        let (message, conversation) = self.context.visible_message(command.message, command.user).await?;
        if message.sender != command.user && !conversation.is_admin(command.user) {
            return Err(Rejection::NotSender.into());
        }
        let task = Task::Mutate { message: message.id, mutation: Mutation::Delete };
        Ok(self.write(conversation.id, task).await?.message)
    }
}
