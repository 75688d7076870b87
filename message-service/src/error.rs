//! What can go wrong here, and what of it a caller is told.

use natter_domain::Rejection;
use natter_domain::ports::BusError;
use natter_domain::ports::store::{AccountError, StoreError};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// It may not be.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event could not be published.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl From<AccountError> for ServiceError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::UsernameTaken => Rejection::UsernameTaken.into(),
            AccountError::EmailTaken => Rejection::EmailTaken.into(),
            AccountError::Store(error) => error.into(),
        }
    }
}

impl ServiceError {
    /// What the caller is told; the cause goes to the log, here, since nobody after this sees it.
    pub(crate) fn into_rejection(self, command: &'static str) -> Rejection {
        match self {
            Self::Rejected(rejection) => rejection,
            Self::Store(StoreError::BadCursor) => Rejection::invalid("cursor", "not a cursor of this list"),
            Self::Store(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(command, error = &error as &dyn std::error::Error, "store unavailable");
                Rejection::Unavailable
            }
            Self::Store(error @ StoreError::Failed(_)) => {
                tracing::error!(command, error = &error as &dyn std::error::Error, "store failed");
                Rejection::Internal
            }
            Self::Bus(error) => {
                tracing::warn!(command, error = &error as &dyn std::error::Error, "bus failed");
                Rejection::Unavailable
            }
            Self::Internal(what) => {
                tracing::error!(command, what, "internal error");
                Rejection::Internal
            }
        }
    }
}
