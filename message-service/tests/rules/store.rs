//! A timeline whose commits fail as a test tells them to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use natter_domain::command::Window;
use natter_domain::message::Head;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{Commit, Committed, MessageQuery, StoreError, Timeline};
use natter_domain::{ConversationId, MessageId, StoredMessage, UserId};
use tokio::sync::Semaphore;

/// What is wrong with a commit.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It fails, and nothing was written.
    Before,
    /// It fails, and all was written.
    After,
    /// Another writer seems to have been faster.
    Collide,
    /// It waits for a permit.
    Slow(Arc<Semaphore>),
}

pub(crate) struct FaultyTimeline {
    inner: Arc<dyn Timeline>,
    /// For the next commits, in order.
    faults: Mutex<VecDeque<Fault>>,
    /// So many looks at heads fail.
    blind: AtomicUsize,
    commits: Mutex<Vec<usize>>,
}

impl FaultyTimeline {
    pub(crate) fn over(inner: Arc<dyn Timeline>) -> Self {
        Self { inner, faults: Mutex::default(), blind: AtomicUsize::new(0), commits: Mutex::default() }
    }

    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub(crate) fn blind(&self, looks: usize) {
        self.blind.store(looks, Ordering::SeqCst);
    }

    /// How many writes each commit had that was asked for.
    pub(crate) fn commits(&self) -> Vec<usize> {
        self.commits.lock().unwrap().clone()
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("as the test asked".into())
}

#[async_trait]
impl Timeline for FaultyTimeline {
    async fn head(&self, conversation: ConversationId) -> Result<Head, StoreError> {
        let one_less = |looks: usize| looks.checked_sub(1);
        if self.blind.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
            return Err(unavailable());
        }
        self.inner.head(conversation).await
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>, StoreError> {
        self.inner.heads(conversations).await
    }

    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        self.commits.lock().unwrap().push(commit.writes.len());
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            None => self.inner.commit(commit).await,
            Some(Fault::Before) => Err(unavailable()),
            Some(Fault::After) => {
                self.inner.commit(commit).await?;
                Err(unavailable())
            }
            Some(Fault::Collide) => {
                let mut outcomes = vec![Committed::NotTried; commit.writes.len()];
                outcomes[0] = Committed::Collided;
                Ok(outcomes)
            }
            Some(Fault::Slow(gate)) => {
                gate.acquire().await.unwrap().forget();
                self.inner.commit(commit).await
            }
        }
    }

    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
        self.inner.message(id).await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<StoredMessage>, StoreError> {
        self.inner.messages(ids).await
    }

    async fn by_client_id(
        &self,
        conversation: ConversationId,
        sender: UserId,
        client_message_id: &str,
    ) -> Result<Option<StoredMessage>, StoreError> {
        self.inner.by_client_id(conversation, sender, client_message_id).await
    }

    async fn window(
        &self,
        conversation: ConversationId,
        window: Window,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, bool), StoreError> {
        self.inner.window(conversation, window, limit).await
    }

    async fn changes(
        &self,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Head), StoreError> {
        self.inner.changes(conversation, after_rev, limit).await
    }

    async fn search(
        &self,
        query: &MessageQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredMessage>, StoreError> {
        self.inner.search(query, page).await
    }
}
