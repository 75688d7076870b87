//! Files that are stored but not yet issued.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use natter_domain::ports::{ByteRange, MediaStore, MediaStoreError, MediaUpload};

use crate::answer::Refusal;
use crate::format::Format;
use crate::name::MediaName;

/// A stored file that nobody knows of yet. Dropped, it is removed: whatever fails on the way to an
/// answer, and also where the client leaves, nothing stays behind.
pub(crate) struct Kept {
    store: Arc<dyn MediaStore>,
    name: MediaName,
    issued: bool,
}

impl Kept {
    pub(crate) fn name(&self) -> &MediaName {
        &self.name
    }

    /// The file is known from now on, and stays.
    pub(crate) fn issue(mut self) {
        self.issued = true;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.issued {
            return;
        }
        let (store, name) = (Arc::clone(&self.store), self.name.clone());
        runtime.spawn(async move {
            if let Err(error) = store.remove(name.as_str()).await {
                tracing::warn!(error = &error as &dyn Error, "a file that was not issued stays behind");
            }
        });
    }
}

/// A file that is being written. Dropped, nothing of it stays.
pub(crate) struct Writing {
    store: Arc<dyn MediaStore>,
    name: MediaName,
    upload: Box<dyn MediaUpload>,
}

impl Writing {
    /// Begins a file under a new name.
    pub(crate) async fn begin(store: &Arc<dyn MediaStore>, format: Format) -> Result<Self, Refusal> {
        let name = MediaName::generate(format);
        let upload = store.begin(name.as_str(), format.mimetype()).await.map_err(unavailable)?;
        Ok(Self { store: Arc::clone(store), name, upload })
    }

    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), Refusal> {
        self.upload.write(bytes).await.map_err(unavailable)
    }

    pub(crate) async fn finish(self) -> Result<Kept, Refusal> {
        // Made first: a failure may come after the file was.
        let kept = Kept { store: self.store, name: self.name, issued: false };
        self.upload.finish().await.map_err(unavailable)?;
        Ok(kept)
    }
}

/// A stored file, or a part of it, in memory.
pub(crate) async fn read(
    store: &dyn MediaStore,
    name: &MediaName,
    range: Option<ByteRange>,
) -> Result<Vec<u8>, MediaStoreError> {
    let mut pieces = store.read(name.as_str(), range).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The store's failure goes to the log, and the client may try again.
pub(crate) fn unavailable(error: MediaStoreError) -> Refusal {
    tracing::error!(error = &error as &dyn Error, "the media store failed");
    Refusal::UNAVAILABLE
}
