//! Setting an emoji to a message, or taking it back.

use natter_domain::command::ReactToMessage;
use natter_domain::{Message, Rejection};

use super::Timelines;
use super::mutation::Mutation;
use super::writer::Task;
use crate::error::ServiceError;

/// Longest emoji, in code points: families and flags of regions are made of many.
const MAX_EMOJI_LENGTH: usize = 16;

impl Timelines {
    /// Sets or takes back the caller's emoji.
    pub(crate) async fn react(&self, command: ReactToMessage) -> Result<Message, ServiceError> {
        let ReactToMessage { user, message, emoji, remove } = command;
        check_emoji(&emoji)?;
        let (message, conversation) = self.context.visible_message(message, user).await?;
        let mutation = if remove {
            Mutation::Unreact { user, emoji }
        } else {
            self.context.unblocked(&conversation, user).await?;
            Mutation::React { user, emoji }
        };
        let task = Task::Mutate { message: message.id, mutation };
        Ok(self.write(conversation.id, task).await?.message)
    }
}

fn check_emoji(emoji: &str) -> Result<(), Rejection> {
    let length = emoji.chars().count();
    if length == 0 || length > MAX_EMOJI_LENGTH {
        return Err(Rejection::invalid("emoji", format!("must be 1 to {MAX_EMOJI_LENGTH} characters")));
    }
    if emoji.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return Err(Rejection::invalid("emoji", "must have no white space"));
    }
    Ok(())
}
