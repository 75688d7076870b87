//! What users noted of themselves.

use async_trait::async_trait;

use super::StoreError;
use crate::activity::ActivityEntry;
use crate::id::UserId;
use crate::page::{Page, PageRequest};

/// What users noted of themselves.
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Keeps an entry, unless there is one with its id, or one of the same user with the same
    /// `client_id`, under any concurrency. Answers the one that is kept.
    async fn record(&self, entry: ActivityEntry) -> Result<ActivityEntry, StoreError>;
    /// A user's entries by time and then id, the last ones first.
    async fn of_user(&self, user: UserId, page: &PageRequest) -> Result<Page<ActivityEntry>, StoreError>;
}
