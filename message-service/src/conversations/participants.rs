//! Who is in a group, and as what.

use std::collections::HashSet;

use natter_domain::command::{AddParticipants, RemoveParticipant, SetParticipantRole};
use natter_domain::ports::store::ParticipantRemoval;
use natter_domain::{
    ConversationEvent, ConversationId, ConversationKind, ConversationView, Rejection, UserId,
};

use super::{Conversations, News, everybody};
use crate::error::ServiceError;

impl Conversations {
    /// Adds people to a group; those who are there already are passed over.
    pub(crate) async fn add(&self, command: AddParticipants) -> Result<ConversationView, ServiceError> {
        let AddParticipants { user, conversation: id, participants } = command;
        let known = self.context.administered(id, user).await?;
        let wanted: HashSet<_> = participants.into_iter().filter(|wanted| !known.has(*wanted)).collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        self.may_add(user, &wanted).await?;
        if !wanted.is_empty() {
            let now = self.context.now();
            let added = self.context.stores.conversations.add(id, &wanted, now).await?;
            let (conversation, added) = added.ok_or(Rejection::GroupSize)?;
            self.changed(id).await;
            for member in self.context.directory.users(&added).await?.into_values() {
                self.tell_room(id, ConversationEvent::MemberJoined { user: member, by: user }).await;
            }
            let (new, old): (Vec<_>, Vec<_>) =
                everybody(&conversation).into_iter().partition(|member| added.contains(member));
            self.tell(News::Created, &conversation, &new).await;
            self.tell(News::Updated, &conversation, &old).await;
        }
        self.view(id, user).await
    }

    /// Takes somebody out of a group, or oneself.
    pub(crate) async fn remove(&self, command: RemoveParticipant) -> Result<(), ServiceError> {
        let (id, participant) = (command.conversation, command.participant);
        let removed = self.take_out(command).await;
        // Who is not there may have been taken out a moment ago by a try that ended before anybody was
        // told. Gateways look before they believe it.
        if let Ok(()) | Err(ServiceError::Rejected(Rejection::UserNotFound | Rejection::NotParticipant)) =
            &removed
        {
            self.left(id, [participant]).await;
        }
        removed?;
        self.tell_rest(id).await
    }

    async fn take_out(&self, command: RemoveParticipant) -> Result<(), ServiceError> {
        let RemoveParticipant { user, conversation: id, participant } = command;
        let known = self.context.participated(id, user).await?;
        if known.kind != ConversationKind::Group {
            return Err(Rejection::NotAGroup.into());
        }
        if participant != user && !known.is_admin(user) {
            return Err(Rejection::NotAdmin.into());
        }
        // What can fail comes first: once they are out, everybody is told.
        let member = self.context.directory.author(participant).await?;
        let now = self.context.now();
        match self.context.stores.conversations.remove(id, participant, now).await? {
            ParticipantRemoval::Absent => return Err(Rejection::UserNotFound.into()),
            ParticipantRemoval::Removed { .. } => {}
        }
        self.changed(id).await;
        self.tell_room(id, ConversationEvent::MemberLeft { user: member, by: user }).await;
        self.tell_removed(id, [participant]).await;
        Ok(())
    }

    /// Makes somebody an admin, or takes it back.
    pub(crate) async fn set_role(
        &self,
        command: SetParticipantRole,
    ) -> Result<ConversationView, ServiceError> {
        let SetParticipantRole { user, conversation: id, participant, role } = command;
        let known = self.context.administered(id, user).await?;
        let current = known.participant(participant).ok_or(Rejection::UserNotFound)?;
        if current.role != role {
            let now = self.context.now();
            let changed = self.context.stores.conversations.set_role(id, participant, role, now).await?;
            changed.ok_or_else(|| Rejection::invalid("role", "a group needs an admin"))?;
            self.changed(id).await;
            self.tell_rest(id).await?;
        }
        self.view(id, user).await
    }

    /// Tells who is (still) in it.
    async fn tell_rest(&self, id: ConversationId) -> Result<(), ServiceError> {
        if let Some(conversation) = self.context.directory.conversation(id).await? {
            let users: Vec<UserId> = everybody(&conversation);
            self.tell(News::Updated, &conversation, &users).await;
        }
        Ok(())
    }
}
