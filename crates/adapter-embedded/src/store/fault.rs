//! What can go wrong inside the store, and what its callers hear of it.

use std::sync::Arc;

use natter_domain::ports::store::StoreError;
use rusqlite::ErrorCode;

/// Why a unit of work was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Fault {
    /// SQLite's.
    #[error(transparent)]
    Sqlite(#[from] Arc<rusqlite::Error>),
    /// A row that this store never wrote.
    #[error("malformed {0} in the database")]
    Malformed(&'static str),
    /// A page cursor that this store never made.
    #[error("not a cursor of this list")]
    BadCursor,
    /// More participants than a conversation may have.
    #[error("more participants than a conversation may have")]
    TooMany,
    /// The unit panicked, which is a bug; its log has more.
    #[error("the unit of work panicked")]
    Panicked,
    /// Too much is waiting already.
    #[error("the store's queue is full")]
    Full,
    /// The store is being closed, or its thread has died.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::BadCursor => Self::BadCursor,
            Fault::Full | Fault::Closed => Self::Unavailable(Box::new(fault)),
            // A full disk or a busy file may be better later; nothing else will.
            Fault::Sqlite(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                ) =>
            {
                Self::Unavailable(Box::new(fault))
            }
            _ => Self::Failed(Box::new(fault)),
        }
    }
}
