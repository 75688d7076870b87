//! An upload under way.

use async_trait::async_trait;
use bytes::Bytes;
use natter_domain::ports::{MediaStoreError, MediaUpload};
use object_store::{MultipartUpload, WriteMultipart};

use crate::store::failed;

/// Gone only between `finish` or `abort` and the end of either.
pub(crate) struct ObjectUpload(Option<WriteMultipart>);

/// Written to after a write failed.
#[derive(Debug, thiserror::Error)]
#[error("the upload has failed")]
struct Over;

impl ObjectUpload {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>, part: usize) -> Self {
        Self(Some(WriteMultipart::new_with_chunk_size(upload, part)))
    }

    fn take(&mut self) -> Result<WriteMultipart, MediaStoreError> {
        self.0.take().ok_or_else(|| MediaStoreError::Failed(Over.into()))
    }
}

#[async_trait]
impl MediaUpload for ObjectUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), MediaStoreError> {
        let writer = self.0.as_mut().ok_or_else(|| MediaStoreError::Failed(Over.into()))?;
        // One part on its way while the next one fills.
        writer.wait_for_capacity(1).await.map_err(failed)?;
        // Copies: kept pieces would each hold the whole buffer that they were read into.
        writer.write(&bytes);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), MediaStoreError> {
        self.take()?.finish().await.map(drop).map_err(failed)
    }

    async fn abort(mut self: Box<Self>) -> Result<(), MediaStoreError> {
        self.take()?.abort().await.map_err(failed)
    }
}

impl Drop for ObjectUpload {
    fn drop(&mut self) {
        let (Some(writer), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) else {
            // Files go away by themselves when the writer is dropped; in buckets a lifecycle rule
            // for unfinished uploads takes what is left.
            return;
        };
        runtime.spawn(async move {
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "an unfinished upload was not cleaned up");
            }
        });
    }
}
