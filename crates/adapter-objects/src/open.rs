//! From a URL to a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;

use crate::directory;
use crate::store::ObjectMediaStore;

/// Bytes that go to a file at once.
const FILE_PART: usize = 512 * 1024;

/// Why there is no store at a URL.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `file:///directory` nor `s3://bucket`.
    #[error("media storage: expected `file:///directory` or `s3://bucket`")]
    Unknown,
    /// The binary lacks the feature `s3`.
    #[error("media storage: `s3://` is not built into this binary (feature `s3`)")]
    NotBuiltIn,
    /// The directory can't be made, locked or cleaned.
    #[error("media storage: {}: {source}", .directory.display())]
    Directory {
        /// Which.
        directory: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The object store refuses its settings.
    #[error("media storage: {0}")]
    Store(#[from] object_store::Error),
}

impl ObjectMediaStore {
    /// The store at `file:///directory` (made if need be) or `s3://bucket/prefix` (with the feature
    /// `s3`; credentials, region and endpoint come from the usual `AWS_…` names). Blocks: for
    /// starting only.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(url: &str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("file://") {
            return match path.starts_with('/') {
                true => Self::directory(Path::new(path)),
                false => Err(OpenError::Unknown),
            };
        }
        let place = url.strip_prefix("s3://").ok_or(OpenError::Unknown)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        match bucket.is_empty() {
            true => Err(OpenError::Unknown),
            false => bucket_at(bucket, prefix.trim_matches('/')),
        }
    }

    /// The store in a directory, which is made if need be. What killed uploads left there is
    /// removed, unless another process uses the directory too. Blocks: for starting only.
    ///
    /// # Errors
    /// [`OpenError::Directory`], [`OpenError::Store`].
    pub fn directory(path: &Path) -> Result<Self, OpenError> {
        let in_use = directory::prepare(path)
            .map_err(|source| OpenError::Directory { directory: path.to_owned(), source })?;
        let files = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Self::new(Arc::new(files), "", FILE_PART, Some(in_use)))
    }
}

#[cfg(feature = "s3")]
fn bucket_at(bucket: &str, prefix: &str) -> Result<ObjectMediaStore, OpenError> {
    /// The smallest part that S3 takes.
    const PART: usize = 5 * 1024 * 1024;
    let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
    Ok(ObjectMediaStore::new(Arc::new(store), prefix, PART, None))
}

#[cfg(not(feature = "s3"))]
fn bucket_at(_bucket: &str, _prefix: &str) -> Result<ObjectMediaStore, OpenError> {
    Err(OpenError::NotBuiltIn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_urls_it_does_not_know() {
        for url in ["", "media", "/media", "file://media", "ftp://x/y", "s3://", "s3:///x"] {
            assert!(matches!(ObjectMediaStore::open(url), Err(OpenError::Unknown)), "{url}");
        }
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn says_that_buckets_are_not_built_in() {
        let error = ObjectMediaStore::open("s3://bucket/media").err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("feature `s3`")));
    }
}
