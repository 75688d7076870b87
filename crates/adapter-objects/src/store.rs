//! [`MediaStore`] on an [`ObjectStore`].

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use natter_domain::ports::{ByteRange, ByteStream, MediaStore, MediaStoreError, MediaUpload, StoredObject};
use object_store::path::Path;
use object_store::{GetOptions, GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::content_type;
use crate::directory::InUse;
use crate::upload::ObjectUpload;

/// Bytes that are read from a file at once: `object_store`'s own 8 KiB cost a hop to another thread
/// each.
const READ: usize = 128 * 1024;

/// Files in an object store. Cheap to clone.
#[derive(Clone)]
pub struct ObjectMediaStore {
    store: Arc<dyn ObjectStore>,
    /// As operators know it.
    place: Arc<str>,
    prefix: Arc<str>,
    /// Bytes that go to the store at once.
    part: usize,
    /// What marks a directory as used.
    _in_use: Option<Arc<InUse>>,
}

impl fmt::Debug for ObjectMediaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectMediaStore({})", self.place)
    }
}

/// A name that no file can have.
#[derive(Debug, thiserror::Error)]
#[error("not a name for a file: {0:?}")]
struct BadName(String);

/// What `begin` refuses.
#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error("the ending of {name:?} is not that of {content_type}")]
    Type { name: String, content_type: String },
    #[error("{0:?} is there already")]
    Exists(String),
}

impl ObjectMediaStore {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        place: &str,
        prefix: &str,
        part: usize,
        in_use: Option<InUse>,
    ) -> Self {
        Self { store, place: place.into(), prefix: prefix.into(), part, _in_use: in_use.map(Arc::new) }
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        self.store.as_ref()
    }

    /// What names of objects begin with.
    pub(crate) fn prefix(&self) -> Path {
        Path::from(&*self.prefix)
    }

    pub(crate) fn place(&self) -> String {
        self.place.to_string()
    }

    fn path(&self, name: &str) -> Result<Path, BadName> {
        let bad = || BadName(name.to_owned());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
        // `Path` refuses `.`, `..` and empty segments; a slash at either end it would overlook.
        if !name.bytes().all(allowed) || name.is_empty() || name.starts_with('/') || name.ends_with('/') {
            return Err(bad());
        }
        Path::parse(name).map_err(|_| bad())?;
        Path::parse(format!("{}/{name}", self.prefix)).map_err(|_| bad())
    }

    async fn meta(&self, name: &str) -> Result<ObjectMeta, MediaStoreError> {
        let path = self.path(name).map_err(|_| MediaStoreError::NotFound)?;
        self.store.head(&path).await.map_err(failed)
    }
}

#[async_trait]
impl MediaStore for ObjectMediaStore {
    async fn begin(&self, name: &str, content_type: &str) -> Result<Box<dyn MediaUpload>, MediaStoreError> {
        let path = self.path(name).map_err(|error| MediaStoreError::Failed(error.into()))?;
        let refused = |error: BeginError| Err(MediaStoreError::Failed(error.into()));
        if content_type::of(name) != Some(content_type) {
            return refused(BeginError::Type { name: name.into(), content_type: content_type.into() });
        }
        match self.store.head(&path).await.map_err(failed) {
            Err(MediaStoreError::NotFound) => {}
            Err(error) => return Err(error),
            Ok(_) => return refused(BeginError::Exists(name.into())),
        }
        let upload = self.store.put_multipart(&path).await.map_err(failed)?;
        Ok(Box::new(ObjectUpload::new(upload, self.part)))
    }

    async fn head(&self, name: &str) -> Result<StoredObject, MediaStoreError> {
        let meta = self.meta(name).await?;
        Ok(StoredObject {
            size: meta.size,
            content_type: content_type::of(name).unwrap_or("application/octet-stream").to_owned(),
            etag: etag(&meta),
        })
    }

    async fn read(&self, name: &str, range: Option<ByteRange>) -> Result<ByteStream, MediaStoreError> {
        let range = match range {
            None => None,
            Some(range) => {
                let size = self.meta(name).await?.size;
                if range.start >= range.end.min(size) {
                    return Ok(stream::empty().boxed());
                }
                Some(range)
            }
        };
        let path = self.path(name).map_err(|_| MediaStoreError::NotFound)?;
        let options = GetOptions::new().with_range(range);
        let found = self.store.get_opts(&path, options).await.map_err(failed)?;
        bytes_of(found).await
    }

    async fn remove(&self, name: &str) -> Result<(), MediaStoreError> {
        let Ok(path) = self.path(name) else { return Ok(()) };
        match self.store.delete(&path).await.map_err(failed) {
            Err(MediaStoreError::NotFound) => Ok(()),
            removed => removed,
        }
    }
}

async fn bytes_of(found: GetResult) -> Result<ByteStream, MediaStoreError> {
    let range = found.range.clone();
    match found.payload {
        GetResultPayload::File(file, _) => {
            let mut file = tokio::fs::File::from_std(file);
            file.seek(std::io::SeekFrom::Start(range.start)).await.map_err(io_failed)?;
            let bytes = file.take(range.end - range.start);
            Ok(ReaderStream::with_capacity(bytes, READ).map_err(io_failed).boxed())
        }
        GetResultPayload::Stream(_) => Ok(found.into_stream().map_err(failed).boxed()),
    }
}

/// The store's own tag without its quotes; a store that has none tells files apart by time and size.
fn etag(meta: &ObjectMeta) -> String {
    match &meta.e_tag {
        Some(tag) => tag.trim_start_matches("W/").trim_matches('"').to_owned(),
        None => format!("{:x}-{:x}", meta.last_modified.timestamp_micros(), meta.size),
    }
}

pub(crate) fn failed(error: object_store::Error) -> MediaStoreError {
    match error {
        object_store::Error::NotFound { .. } => MediaStoreError::NotFound,
        error => MediaStoreError::Failed(error.into()),
    }
}

fn io_failed(error: std::io::Error) -> MediaStoreError {
    MediaStoreError::Failed(error.into())
}
