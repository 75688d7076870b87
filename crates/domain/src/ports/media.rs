//! Where files are kept.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

/// Why a file can't be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum MediaStoreError {
    /// No such file.
    #[error("no such file")]
    NotFound,
    /// The store failed or can't be reached.
    #[error("the media store failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A file's bytes in pieces, read as they are taken: who stops taking stops the reading.
pub type ByteStream = BoxStream<'static, Result<Bytes, MediaStoreError>>;

/// Bytes `start..end` of a file.
pub type ByteRange = Range<u64>;

/// A kept file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Bytes.
    pub size: u64,
    /// MIME type, as given when it was put.
    pub content_type: String,
    /// Strong entity tag, without quotes.
    pub etag: String,
}

/// An upload under way. Nothing can be read under its name before [`MediaUpload::finish`], and
/// nothing ever if it is dropped or the process dies.
#[async_trait]
pub trait MediaUpload: Send {
    /// Appends. Waits while the store is behind, so that pieces don't pile up in memory.
    async fn write(&mut self, bytes: Bytes) -> Result<(), MediaStoreError>;
    /// Makes the file readable, whole, and durable.
    async fn finish(self: Box<Self>) -> Result<(), MediaStoreError>;
    /// Throws away what was written.
    async fn abort(self: Box<Self>) -> Result<(), MediaStoreError>;
}

/// Keeps files under names of `[A-Za-z0-9._/-]`, without `..`; a name is written once.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Begins to write the file `name`. Fails if it is there already, or if its ending is not that
    /// of `content_type`: stores keep the type by the name alone.
    async fn begin(&self, name: &str, content_type: &str) -> Result<Box<dyn MediaUpload>, MediaStoreError>;
    /// What is known of the file.
    async fn head(&self, name: &str) -> Result<StoredObject, MediaStoreError>;
    /// Its bytes, or some of them; a range past its end is cut.
    async fn read(&self, name: &str, range: Option<ByteRange>) -> Result<ByteStream, MediaStoreError>;
    /// Removes it; removing one that is not there is no error.
    async fn remove(&self, name: &str) -> Result<(), MediaStoreError>;
}
