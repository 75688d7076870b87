//! Whether a store can be used, before anybody's files depend on it.

use object_store::{Error, ObjectStoreExt};

use crate::store::ObjectMediaStore;

/// Why a store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No such bucket.
    #[error("media storage: there is no {store}")]
    Missing {
        /// Which.
        store: String,
        /// As the store said it.
        source: Error,
    },
    /// The credentials are not good, or don't allow to list and to write.
    #[error("media storage: {store} refuses the credentials, or they don't allow to list and to write")]
    Refused {
        /// Which.
        store: String,
        /// As the store said it.
        source: Error,
    },
    /// It can't be reached, or has failed: try again.
    #[error("media storage: {store} can't be reached, or fails")]
    Unreachable {
        /// Which.
        store: String,
        /// As far as is known.
        source: Error,
    },
}

impl ObjectMediaStore {
    /// Looks for a file, and begins to write one. Leaves nothing.
    ///
    /// # Errors
    /// See [`CheckError`].
    pub async fn check(&self) -> Result<(), CheckError> {
        self.try_out().await.map_err(|source| {
            let store = self.place();
            match source {
                Error::NotFound { .. } => CheckError::Missing { store, source },
                Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                    CheckError::Refused { store, source }
                }
                source => CheckError::Unreachable { store, source },
            }
        })
    }

    async fn try_out(&self) -> Result<(), Error> {
        let probe = self.prefix().join("check");
        // A bucket says of one who may not list that nothing is allowed, where it would say to
        // others that nothing is there.
        match self.objects().head(&probe).await {
            Err(Error::NotFound { .. }) | Ok(_) => {}
            Err(error) => return Err(error),
        }
        self.objects().put_multipart(&probe).await?.abort().await
    }
}
