//! From a URL to a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig};

use crate::directory;
use crate::store::ObjectMediaStore;

/// Bytes that go to a file at once.
const FILE_PART: usize = 512 * 1024;

/// The smallest part that S3 takes.
const BUCKET_PART: usize = 5 * 1024 * 1024;
/// How long a bucket may say nothing. A whole request may take longer: a client fetches a film as
/// fast as it watches it.
const SILENCE: &str = "30s";
const LONGEST: &str = "1h";
/// For how long a request that failed is tried again: the client of an upload waits.
const RETRIES: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.0,
    },
    max_retries: 4,
    retry_timeout: Duration::from_secs(15),
};

/// Why there is no store at a URL.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `file:///directory` nor `s3://bucket`.
    #[error("media storage: expected `file:///directory` or `s3://bucket`")]
    Unknown,
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
    /// The store at `file:///directory` (made if need be) or `s3://bucket/prefix`, where
    /// credentials, region and endpoint come from the usual `AWS_…` names of `environment`. A bucket
    /// is not asked for before [`ObjectMediaStore::check`]. Blocks: for starting only.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("file://") {
            return match path.starts_with('/') {
                true => Self::directory(Path::new(path)),
                false => Err(OpenError::Unknown),
            };
        }
        let place = url.strip_prefix("s3://").ok_or(OpenError::Unknown)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(OpenError::Unknown);
        }
        let store = configured(environment).with_bucket_name(bucket).build()?;
        Ok(Self::new(Arc::new(store), url, prefix.trim_matches('/'), BUCKET_PART, None))
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
        Ok(Self::new(Arc::new(files), &path.to_string_lossy(), "", FILE_PART, Some(in_use)))
    }
}

/// Names that are none of S3's are somebody else's.
fn configured(environment: impl IntoIterator<Item = (String, String)>) -> AmazonS3Builder {
    let client = AmazonS3ConfigKey::Client;
    let builder = AmazonS3Builder::new()
        .with_retry(RETRIES)
        .with_config(client(ClientConfigKey::ReadTimeout), SILENCE)
        .with_config(client(ClientConfigKey::Timeout), LONGEST);
    environment.into_iter().filter(|(name, _)| name.starts_with("AWS_")).fold(
        builder,
        |builder, (name, value)| match name.to_ascii_lowercase().parse() {
            Ok(key) => builder.with_config(key, value),
            Err(_) => builder,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_urls_it_does_not_know() {
        for url in ["", "media", "/media", "file://media", "ftp://x/y", "s3://", "s3:///x"] {
            assert!(matches!(ObjectMediaStore::open(url, []), Err(OpenError::Unknown)), "{url}");
        }
    }

    #[test]
    fn refuses_settings_that_make_no_sense() {
        let environment = [("AWS_ALLOW_HTTP".to_owned(), "perhaps".to_owned())];
        let error = ObjectMediaStore::open("s3://bucket/media", environment).err();
        assert!(matches!(error, Some(OpenError::Store(_))), "{error:?}");
    }
}
