//! Changing a group itself: its name, its picture, its end.

use natter_domain::command::{DeleteConversation, RenameConversation, SetConversationPhoto};
use natter_domain::{ConversationEvent, ConversationView, Rejection};

use super::{Conversations, News, check_name, everybody};
use crate::error::ServiceError;

impl Conversations {
    /// Renames a group.
    pub(crate) async fn rename(&self, command: RenameConversation) -> Result<ConversationView, ServiceError> {
        let RenameConversation { user, conversation: id, name } = command;
        let known = self.context.administered(id, user).await?;
        let name = check_name(&name)?;
        if known.name.as_deref() != Some(&name) {
            let renamed = self.context.stores.conversations.rename(id, &name, self.context.now()).await?;
            let renamed = renamed.ok_or(Rejection::ConversationNotFound)?;
            self.changed(id).await;
            self.tell(News::Updated, &renamed, &everybody(&renamed)).await;
        }
        self.view(id, user).await
    }

    /// Sets or removes a group's picture.
    pub(crate) async fn set_photo(
        &self,
        command: SetConversationPhoto,
    ) -> Result<ConversationView, ServiceError> {
        let SetConversationPhoto { user, conversation: id, photo } = command;
        let known = self.context.administered(id, user).await?;
        if known.photo != photo {
            let now = self.context.now();
            let changed = self.context.stores.conversations.set_photo(id, photo.as_deref(), now).await?;
            let changed = changed.ok_or(Rejection::ConversationNotFound)?;
            self.changed(id).await;
            self.tell_room(id, ConversationEvent::PhotoChanged { photo, by: user }).await;
            self.tell(News::Updated, &changed, &everybody(&changed)).await;
        }
        self.view(id, user).await
    }

    /// Deletes a group with everything in it.
    pub(crate) async fn delete(&self, command: DeleteConversation) -> Result<(), ServiceError> {
        let DeleteConversation { user, conversation: id } = command;
        let known = self.context.administered(id, user).await?;
        self.context.stores.conversations.delete(id).await?;
        self.changed(id).await;
        self.tell_room(id, ConversationEvent::Deleted).await;
        self.tell_removed(id, everybody(&known)).await;
        self.left(id, everybody(&known)).await;
        Ok(())
    }
}
