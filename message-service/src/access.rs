//! Who may do what in a conversation.

use std::sync::Arc;

use natter_domain::{Conversation, ConversationId, Rejection, Role, StoredMessage, UserId};

use crate::context::Context;
use crate::error::ServiceError;

impl Context {
    /// The conversation, for one who takes part in it.
    pub(crate) async fn participated(
        &self,
        id: ConversationId,
        user: UserId,
    ) -> Result<Arc<Conversation>, ServiceError> {
        let conversation = self.directory.conversation(id).await?.ok_or(Rejection::ConversationNotFound)?;
        if !conversation.has(user) {
            return Err(Rejection::NotParticipant.into());
        }
        Ok(conversation)
    }

    /// The group, for one of its admins.
    pub(crate) async fn administered(
        &self,
        id: ConversationId,
        user: UserId,
    ) -> Result<Arc<Conversation>, ServiceError> {
        let conversation = self.participated(id, user).await?;
        if conversation.kind != natter_domain::ConversationKind::Group {
            return Err(Rejection::NotAGroup.into());
        }
        match conversation.participant(user).map(|participant| participant.role) {
            Some(Role::Admin) => Ok(conversation),
            _ => Err(Rejection::NotAdmin.into()),
        }
    }

    /// The message with its conversation, for one who may see it; for anybody else it is not there.
    pub(crate) async fn visible_message(
        &self,
        id: natter_domain::MessageId,
        user: UserId,
    ) -> Result<(StoredMessage, Arc<Conversation>), ServiceError> {
        let message = self.stores.timeline.message(id).await?.ok_or(Rejection::MessageNotFound)?;
        match self.participated(message.conversation, user).await {
            Ok(conversation) => Ok((message, conversation)),
            Err(ServiceError::Rejected(_)) => Err(Rejection::MessageNotFound.into()),
            Err(error) => Err(error),
        }
    }

    /// In a direct conversation a block either way forbids to write to the other.
    pub(crate) async fn unblocked(
        &self,
        conversation: &Conversation,
        user: UserId,
    ) -> Result<(), ServiceError> {
        match conversation.partner(user) {
            Some(partner) => self.unblocked_pair(user, partner).await,
            None => Ok(()),
        }
    }

    /// No block stands between the two.
    pub(crate) async fn unblocked_pair(&self, user: UserId, other: UserId) -> Result<(), ServiceError> {
        let blocks = self.directory.blocks(user, other).await?;
        if blocks.by_user {
            Err(Rejection::BlockedByYou.into())
        } else if blocks.by_other {
            Err(Rejection::BlockedYou.into())
        } else {
            Ok(())
        }
    }
}
