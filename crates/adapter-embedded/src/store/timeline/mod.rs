//! Messages, in the order of their conversations.

mod commit;
pub(super) mod erase;
pub(super) mod index;
mod read;
mod row;
mod search;

use async_trait::async_trait;
use natter_domain::command::Window;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, StoredMessage};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{Commit, Committed, MessageQuery, StoreError, Timeline};

use super::SqliteStore;
pub(super) use index::TextChange;
pub(super) use read::{last_position, latest};
pub(super) use row::{media_code, media_kind};

#[async_trait]
impl Timeline for SqliteStore {
    async fn head(&self, conversation: ConversationId) -> Result<Head, StoreError> {
        self.engine.read(move |db| read::head(db, conversation)).await
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>, StoreError> {
        let conversations = conversations.to_vec();
        self.engine.read(move |db| conversations.iter().map(|id| read::head(db, *id)).collect()).await
    }

    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        self.engine.write(move |unit| commit::commit(unit, commit)).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
        self.engine.read(move |db| read::message(db, id)).await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<StoredMessage>, StoreError> {
        let ids = ids.to_vec();
        self.engine
            .read(move |db| ids.iter().filter_map(|id| read::message(db, *id).transpose()).collect())
            .await
    }

    async fn by_client_id(
        &self,
        conversation: ConversationId,
        sender: UserId,
        client_message_id: &str,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let client_message_id = client_message_id.to_owned();
        self.engine
            .read(move |db| match read::numbered(db, conversation)? {
                Some((number, _)) => read::by_client_id(db, number, sender, &client_message_id),
                None => Ok(None),
            })
            .await
    }

    async fn window(
        &self,
        conversation: ConversationId,
        window: Window,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, bool), StoreError> {
        self.engine.read(move |db| read::window(db, conversation, window, limit)).await
    }

    async fn changes(
        &self,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Head), StoreError> {
        self.engine.read(move |db| read::changes(db, conversation, after_rev, limit)).await
    }

    async fn search(
        &self,
        query: &MessageQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredMessage>, StoreError> {
        let (query, page) = (query.clone(), page.clone());
        self.engine.read(move |db| search::search(db, &query, &page)).await
    }
}
