//! Making conversations.

use natter_domain::command::{CreateGroup, OpenDirect, Opened};
use natter_domain::conversation::MAX_MEMBERS;
use natter_domain::ports::store::NewConversation;
use natter_domain::{
    ConversationId, ConversationKind, ConversationView, Participant, Rejection, Role, UserId,
};

use super::{Conversations, check_name};
use crate::error::ServiceError;

impl Conversations {
    /// The one conversation of a pair.
    pub(crate) async fn open_direct(&self, command: OpenDirect) -> Result<Opened, ServiceError> {
        let OpenDirect { user, other } = command;
        if user == other {
            return Err(Rejection::WithYourself.into());
        }
        self.context.directory.user(other).await?.ok_or(Rejection::UserNotFound)?;
        if let Some(known) = self.context.stores.conversations.direct_of(user, other).await? {
            return Ok(Opened { conversation: self.view(known.id, user).await?, created: false });
        }
        self.context.unblocked_pair(user, other).await?;
        let at = self.context.now();
        let participant = |user| Participant { user, role: Role::Member, joined_at: at };
        let new = NewConversation {
            id: ConversationId::generate(at),
            kind: ConversationKind::Direct,
            name: None,
            photo: None,
            participants: vec![participant(user), participant(other)],
            at,
        };
        let (conversation, created) = self.context.stores.conversations.create(new).await?;
        let conversation = match created {
            true => self.tell_made(conversation).await?,
            false => self.view(conversation.id, user).await?,
        };
        Ok(Opened { conversation, created })
    }

    /// A group with the caller as its admin.
    pub(crate) async fn create_group(&self, command: CreateGroup) -> Result<ConversationView, ServiceError> {
        let CreateGroup { id, user, name, participants } = command;
        let name = check_name(&name)?;
        let mut others: Vec<UserId> = Vec::new();
        for participant in participants {
            if participant != user && !others.contains(&participant) {
                others.push(participant);
            }
        }
        if others.is_empty() || others.len() + 1 > MAX_MEMBERS {
            return Err(Rejection::GroupSize.into());
        }
        self.may_add(user, &others).await?;
        let at = self.context.now();
        let participant = |user, role| Participant { user, role, joined_at: at };
        let members = others.iter().map(|other| participant(*other, Role::Member));
        let new = NewConversation {
            id,
            kind: ConversationKind::Group,
            name: Some(name),
            photo: None,
            participants: std::iter::once(participant(user, Role::Admin)).chain(members).collect(),
            at,
        };
        let (conversation, created) = self.context.stores.conversations.create(new).await?;
        match created {
            true => self.tell_made(conversation).await,
            false => self.view(id, user).await,
        }
    }

    /// These exist, and no block stands between them and who adds them.
    pub(super) async fn may_add(&self, user: UserId, others: &[UserId]) -> Result<(), ServiceError> {
        let known = self.context.directory.users(others).await?;
        if others.iter().any(|other| !known.contains_key(other)) {
            return Err(Rejection::UserNotFound.into());
        }
        for (other, blocks) in self.context.stores.blocks.relations(user).await? {
            if others.contains(&other) {
                let rejection = if blocks.by_user { Rejection::BlockedByYou } else { Rejection::BlockedYou };
                return Err(rejection.into());
            }
        }
        Ok(())
    }
}
