//! What can go wrong, and what a caller is told of it.

use natter_domain::Rejection;
use natter_domain::ports::{BusError, PresenceError};

/// Why something could not be answered or told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// Presence is unknown.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// An event may not have gone out.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A command was refused: the one to us, or ours to the message service.
    #[error("rejected: {0}")]
    Rejected(Rejection),
}

impl From<Rejection> for ServiceError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl ServiceError {
    /// Whether trying again may help.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Presence(_) | Self::Bus(_) | Self::Rejected(Rejection::Unavailable) => true,
            Self::Rejected(_) => false,
        }
    }

    /// What the caller of a command is told.
    pub(crate) fn rejection(self) -> Rejection {
        match self {
            Self::Presence(_) | Self::Bus(_) => {
                let cause = std::error::Error::source(&self);
                tracing::warn!(error = %self, cause, "presence is unknown");
                Rejection::Unavailable
            }
            Self::Rejected(rejection) => rejection,
        }
    }
}
