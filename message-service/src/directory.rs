//! Who is who, who has blocked whom, and who takes part where: remembered for some seconds, since
//! every message asks.
//!
//! What is remembered is dropped at once when a [`DirectoryEvent`] tells of a change, and after
//! [`REMEMBERED`] where that event was lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use natter_domain::ports::store::{BlockRelation, StoreError, Stores};
use natter_domain::{Conversation, ConversationId, DirectoryEvent, UserId, UserRef};

/// How long knowledge may be out of date.
const REMEMBERED: Duration = Duration::from_secs(5);

/// What is remembered of users, blocks and conversations.
pub(crate) struct Directory {
    stores: Stores,
    users: Cache<UserId, Option<Arc<UserRef>>>,
    blocks: Cache<(UserId, UserId), BlockRelation>,
    conversations: Cache<ConversationId, Option<Arc<Conversation>>>,
}

fn cache<K, V>(capacity: u64) -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(capacity).time_to_live(REMEMBERED).build()
}

impl Directory {
    pub(crate) fn new(stores: Stores) -> Self {
        Self { stores, users: cache(100_000), blocks: cache(100_000), conversations: cache(50_000) }
    }

    /// A user, if there is one.
    pub(crate) async fn user(&self, id: UserId) -> Result<Option<Arc<UserRef>>, StoreError> {
        Ok(self.users(&[id]).await?.remove(&id))
    }

    /// Those of the users that exist.
    pub(crate) async fn users(&self, ids: &[UserId]) -> Result<HashMap<UserId, Arc<UserRef>>, StoreError> {
        let mut known = HashMap::with_capacity(ids.len());
        let mut unknown = Vec::new();
        for id in ids {
            match self.users.get(id).await {
                Some(Some(user)) => drop(known.insert(*id, user)),
                Some(None) => {}
                None => unknown.push(*id),
            }
        }
        if unknown.is_empty() {
            return Ok(known);
        }
        for user in self.stores.users.by_ids(&unknown).await? {
            let user = Arc::new(user.profile.user);
            self.users.insert(user.id, Some(user.clone())).await;
            known.insert(user.id, user);
        }
        for id in unknown {
            if !known.contains_key(&id) {
                self.users.insert(id, None).await;
            }
        }
        Ok(known)
    }

    /// Somebody who wrote or reacted: where they are no more, a nameless one.
    pub(crate) async fn author(&self, id: UserId) -> Result<Arc<UserRef>, StoreError> {
        Ok(self.user(id).await?.unwrap_or_else(|| nameless(id)))
    }

    /// The blocks between two.
    pub(crate) async fn blocks(&self, user: UserId, other: UserId) -> Result<BlockRelation, StoreError> {
        if let Some(relation) = self.blocks.get(&(user, other)).await {
            return Ok(relation);
        }
        self.blocks_afresh(user, other).await
    }

    /// The blocks between two as they are now.
    pub(crate) async fn blocks_afresh(
        &self,
        user: UserId,
        other: UserId,
    ) -> Result<BlockRelation, StoreError> {
        let relation = self.stores.blocks.between(user, other).await?;
        self.blocks.insert((user, other), relation).await;
        Ok(relation)
    }

    /// A conversation, if there is one.
    pub(crate) async fn conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<Arc<Conversation>>, StoreError> {
        if let Some(conversation) = self.conversations.get(&id).await {
            return Ok(conversation);
        }
        self.conversation_afresh(id).await
    }

    /// A conversation as it is now.
    pub(crate) async fn conversation_afresh(
        &self,
        id: ConversationId,
    ) -> Result<Option<Arc<Conversation>>, StoreError> {
        let conversation = self.stores.conversations.get(id).await?.map(Arc::new);
        self.conversations.insert(id, conversation.clone()).await;
        Ok(conversation)
    }

    /// Drops what is no longer so.
    pub(crate) async fn apply(&self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::ConversationChanged(id) | DirectoryEvent::MemberLeft(id, _) => {
                self.conversations.invalidate(id).await
            }
            DirectoryEvent::BlockChanged(one, other) => {
                self.blocks.invalidate(&(*one, *other)).await;
                self.blocks.invalidate(&(*other, *one)).await;
            }
            DirectoryEvent::UserChanged(id) => self.users.invalidate(id).await,
            DirectoryEvent::SessionsRevoked(_) => {}
        }
    }

    /// Drops everything: events may have been lost.
    pub(crate) fn forget(&self) {
        self.users.invalidate_all();
        self.blocks.invalidate_all();
        self.conversations.invalidate_all();
    }
}

/// Stands in for a user who is no more.
pub(crate) fn nameless(id: UserId) -> Arc<UserRef> {
    Arc::new(UserRef { id, ..UserRef::default() })
}
