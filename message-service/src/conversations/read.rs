//! Looking at conversations.

use natter_domain::command::{GetConversation, ListConversations};
use natter_domain::{ConversationView, Page};

use super::Conversations;
use crate::error::ServiceError;

impl Conversations {
    /// The caller's, most recently active first.
    pub(crate) async fn list(
        &self,
        command: ListConversations,
    ) -> Result<Page<ConversationView>, ServiceError> {
        let listed = self.context.stores.conversations.list(command.user, &command.page).await?;
        let mut items = Vec::with_capacity(listed.items.len());
        for listed in listed.items {
            items.push(self.context.show_conversation(listed).await?);
        }
        Ok(Page { items, next: listed.next })
    }

    /// One of the caller's.
    pub(crate) async fn get(&self, command: GetConversation) -> Result<ConversationView, ServiceError> {
        self.context.participated(command.conversation, command.user).await?;
        self.view(command.conversation, command.user).await
    }
}
