//! Conversations and who takes part in them.

mod change;
mod create;
mod list;
mod load;
mod members;

use async_trait::async_trait;
use natter_domain::conversation::{Conversation, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{
    ConversationStore, Listed, ListedToAll, NewConversation, ParticipantRemoval, StoreError,
};
use natter_domain::time::Timestamp;

use super::SqliteStore;
pub(super) use load::number;

#[async_trait]
impl ConversationStore for SqliteStore {
    async fn create(&self, new: NewConversation) -> Result<(Conversation, bool), StoreError> {
        self.engine.write(move |unit| create::create(unit, &new)).await
    }

    async fn get(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.engine.read(move |db| load::by_id(db, id)).await
    }

    async fn direct_of(&self, one: UserId, other: UserId) -> Result<Option<Conversation>, StoreError> {
        self.engine.read(move |db| load::by_pair(db, one, other)).await
    }

    async fn listed(&self, id: ConversationId, user: UserId) -> Result<Option<Listed>, StoreError> {
        self.engine.read(move |db| list::listed(db, id, user)).await
    }

    async fn list(&self, user: UserId, page: &PageRequest) -> Result<Page<Listed>, StoreError> {
        let page = page.clone();
        self.engine.read(move |db| list::list(db, user, &page)).await
    }

    async fn ids_of(&self, user: UserId) -> Result<Vec<ConversationId>, StoreError> {
        self.engine.read(move |db| list::ids_of(db, user)).await
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<UserId>, StoreError> {
        self.engine.read(move |db| list::contacts(db, user)).await
    }

    async fn listed_to_all(&self, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, StoreError> {
        let ids = ids.to_vec();
        self.engine.read(move |db| list::listed_to_all(db, &ids)).await
    }

    async fn rename(
        &self,
        id: ConversationId,
        name: &str,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let name = name.to_owned();
        self.engine.write(move |unit| change::rename(unit, id, &name, at)).await
    }

    async fn set_photo(
        &self,
        id: ConversationId,
        photo: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let photo = photo.map(str::to_owned);
        self.engine.write(move |unit| change::set_photo(unit, id, photo.as_deref(), at)).await
    }

    async fn delete(&self, id: ConversationId) -> Result<(), StoreError> {
        self.engine.write(move |unit| change::delete(unit, id)).await
    }

    async fn add(
        &self,
        id: ConversationId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<Option<(Conversation, Vec<UserId>)>, StoreError> {
        let users = users.to_vec();
        self.engine.write(move |unit| members::add(unit, id, &users, at)).await
    }

    async fn remove(
        &self,
        id: ConversationId,
        user: UserId,
        at: Timestamp,
    ) -> Result<ParticipantRemoval, StoreError> {
        self.engine.write(move |unit| members::remove(unit, id, user, at)).await
    }

    async fn set_role(
        &self,
        id: ConversationId,
        user: UserId,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        self.engine.write(move |unit| members::set_role(unit, id, user, role, at)).await
    }
}
