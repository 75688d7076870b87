//! Conversations and who takes part in them.
//!
//! A conversation is one document with its participants, of whom there is a bounded number, so that
//! a change of them is atomic: it is computed from what was read, and written if the document's
//! `version` is still the same ([`change`]).
//!
//! Each participant has the `seq` at which they joined. That is where they start, as having read
//! everything; no other document needs to be made with them. What is left of an earlier stay is
//! below it and counts for nothing.

mod change;
mod create;
mod document;
pub(crate) mod erase;
mod list;
mod members;
mod sent;
mod unread;

use std::collections::HashMap;

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};
use natter_domain::conversation::{Conversation, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{
    ConversationStore, Listed, ListedToAll, NewConversation, ParticipantRemoval, StoreError,
};
use natter_domain::time::Timestamp;

use crate::MongoStore;
use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, oids};

pub(crate) use document::{ConversationDocument, ParticipantDocument};
pub(crate) use list::contacts;
pub(crate) use sent::{Memory as SentMemory, memory as sent_memory};

#[async_trait]
impl ConversationStore for MongoStore {
    async fn create(&self, new: NewConversation) -> Result<(Conversation, bool), StoreError> {
        Ok(create::create(self.collections(), &new).await?)
    }

    async fn get(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(self.core().reads.conversations.read(id).await?)
    }

    async fn direct_of(&self, one: UserId, other: UserId) -> Result<Option<Conversation>, StoreError> {
        Ok(read(self.collections(), doc! { "pair": document::pair(one, other) }).await?)
    }

    async fn listed(&self, id: ConversationId, user: UserId) -> Result<Option<Listed>, StoreError> {
        Ok(list::listed(self.core(), id, user).await?)
    }

    async fn list(&self, user: UserId, page: &PageRequest) -> Result<Page<Listed>, StoreError> {
        Ok(list::list(self.core(), user, page).await?)
    }

    async fn ids_of(&self, user: UserId) -> Result<Vec<ConversationId>, StoreError> {
        Ok(list::ids_of(self.collections(), user).await?)
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<UserId>, StoreError> {
        Ok(self.core().reads.contacts.read(user).await?.unwrap_or_default())
    }

    async fn listed_to_all(&self, ids: &[ConversationId]) -> Result<Vec<ListedToAll>, StoreError> {
        Ok(list::listed_to_all(self.core(), ids).await?)
    }

    async fn rename(
        &self,
        id: ConversationId,
        name: &str,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        Ok(change::set(self.collections(), id, doc! { "name": name }, at).await?)
    }

    async fn set_photo(
        &self,
        id: ConversationId,
        photo: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let photo = photo.map_or(Bson::Null, Bson::from);
        Ok(change::set(self.collections(), id, doc! { "photo": photo }, at).await?)
    }

    async fn delete(&self, id: ConversationId) -> Result<(), StoreError> {
        erase::delete(self.core(), id, doc! { "_id": id.oid() }).await?;
        Ok(())
    }

    async fn add(
        &self,
        id: ConversationId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<Option<(Conversation, Vec<UserId>)>, StoreError> {
        Ok(members::add(self.collections(), id, users, at).await?)
    }

    async fn remove(
        &self,
        id: ConversationId,
        user: UserId,
        at: Timestamp,
    ) -> Result<ParticipantRemoval, StoreError> {
        Ok(members::remove(self.core(), id, user, at).await?)
    }

    async fn set_role(
        &self,
        id: ConversationId,
        user: UserId,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        Ok(members::set_role(self.collections(), id, user, role, at).await?)
    }
}

/// Those of the conversations that are there. By the key.
pub(crate) async fn by_ids(
    collections: &Collections,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Conversation>, Fault> {
    let found = all(collections.conversations.find(doc! { "_id": { "$in": oids(ids) } })).await?;
    let found = found.into_iter().map(Conversation::try_from);
    found.map(|found| found.map(|conversation| (conversation.id, conversation))).collect()
}

async fn read(collections: &Collections, filter: Document) -> Result<Option<Conversation>, Fault> {
    find(collections, filter).await?.map(Conversation::try_from).transpose()
}

async fn find(collections: &Collections, filter: Document) -> Result<Option<ConversationDocument>, Fault> {
    within(collections.conversations.find_one(filter)).await
}

/// One, by its id.
pub(crate) async fn by_id(
    collections: &Collections,
    id: ConversationId,
) -> Result<Option<ConversationDocument>, Fault> {
    find(collections, doc! { "_id": id.oid() }).await
}
