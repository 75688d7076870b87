//! Looking at conversations.

use natter_domain::command::{GetConversation, ListConversations};
use natter_domain::page::PageRequest;
use natter_domain::{ConversationView, Page};

use super::Conversations;
use crate::error::ServiceError;
use crate::pages::{conversation_weight, fitting};

impl Conversations {
    /// The caller's, most recently active first.
    pub(crate) async fn list(
        &self,
        command: ListConversations,
    ) -> Result<Page<ConversationView>, ServiceError> {
        let find = |page: PageRequest| async move {
            let listed = self.context.stores.conversations.list(command.user, &page).await?;
            let mut items = Vec::with_capacity(listed.items.len());
            for listed in listed.items {
                items.push(self.context.show_conversation(listed).await?);
            }
            Ok(Page { items, next: listed.next })
        };
        fitting(command.page.clone(), conversation_weight, find).await
    }

    /// One of the caller's.
    pub(crate) async fn get(&self, command: GetConversation) -> Result<ConversationView, ServiceError> {
        self.context.participated(command.conversation, command.user).await?;
        self.view(command.conversation, command.user).await
    }
}
