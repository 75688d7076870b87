//! A JWKS that changes while we run: read again now and then, and when a key is missing.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use natter_domain::time::Timestamp;
use tokio::sync::{Mutex, RwLock};

use super::{Key, jwks};
use crate::{Algorithm, KeySetSource, SettingsError};

/// How long a source is left alone after it was asked, so that tokens with made-up keys are no
/// burden to it.
const PAUSE: Duration = Duration::from_secs(30);
/// The same while no keys are there at all.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(2);
/// How long a source may take to answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// More than any JWKS has.
const MAX_BYTES: usize = 1024 * 1024;

type Cause = Box<dyn Error + Send + Sync>;

/// The keys, as last read; kept when they can't be read again.
pub(crate) struct KeySet {
    source: Source,
    refresh: Duration,
    /// `None` until they were read once.
    keys: RwLock<Option<Arc<[Key]>>>,
    /// When the source was asked last. Held while it is asked.
    asked: Mutex<Option<Timestamp>>,
}

enum Source {
    File(std::path::PathBuf),
    Url { url: String, client: reqwest::Client },
}

/// No keys were ever read.
#[derive(Debug)]
pub(crate) struct NoKeys;

impl KeySet {
    /// A file is read now, a URL when it is needed. `refresh` is how old keys may get.
    pub(crate) fn open(source: KeySetSource, refresh: Duration) -> Result<Self, SettingsError> {
        let (source, keys) = match source {
            KeySetSource::File(path) => {
                let keys = std::fs::read(&path)
                    .map_err(Cause::from)
                    .and_then(|document| jwks::parse(&document).map_err(Cause::from))
                    .map_err(|source| SettingsError::UnreadableKeySet { path: path.clone(), source })?;
                (Source::File(path), Some(keys.into()))
            }
            KeySetSource::Url(url) => {
                let client = reqwest::Client::builder()
                    .timeout(DEADLINE)
                    .build()
                    .map_err(|error| SettingsError::HttpClient(error.into()))?;
                (Source::Url { url, client }, None)
            }
        };
        Ok(Self { source, refresh, keys: RwLock::new(keys), asked: Mutex::new(None) })
    }

    /// The keys that a token of this header may be signed with. Where there is none, the source is
    /// asked first, which takes 5 s at the most.
    pub(crate) async fn candidates(
        self: &Arc<Self>,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Key>, NoKeys> {
        if let Some(keys) = self.known(algorithm, kid).await
            && !keys.is_empty()
        {
            self.refresh_behind(now);
            return Ok(keys);
        }
        self.ask(PAUSE, now).await;
        self.known(algorithm, kid).await.ok_or(NoKeys)
    }

    /// Reads the keys if that was never done, or long ago.
    pub(crate) async fn refresh(&self, now: Timestamp) {
        self.ask(self.refresh, now).await;
    }

    async fn known(&self, algorithm: Algorithm, kid: Option<&str>) -> Option<Vec<Key>> {
        let keys = self.keys.read().await.clone()?;
        // A key or a token without a name goes with any.
        let fits = |key: &&Key| {
            key.algorithm == algorithm && (kid.is_none() || key.kid.is_none() || key.kid.as_deref() == kid)
        };
        Some(keys.iter().filter(fits).cloned().collect())
    }

    /// Keys that get old are replaced without anybody waiting for it.
    fn refresh_behind(self: &Arc<Self>, now: Timestamp) {
        let due = match self.asked.try_lock() {
            Ok(asked) => is_due(*asked, self.refresh, now),
            Err(_) => false,
        };
        if due {
            let keys = Arc::clone(self);
            tokio::spawn(async move { keys.refresh(now).await });
        }
    }

    /// Asks the source, unless that was done within `pause`. Of any number at once, one asks and
    /// the others wait for it.
    async fn ask(&self, pause: Duration, now: Timestamp) {
        let mut asked = self.asked.lock().await;
        let pause = if self.keys.read().await.is_some() { pause } else { PAUSE_WITHOUT_KEYS };
        if !is_due(*asked, pause, now) {
            return;
        }
        *asked = Some(now);
        match self.source.read().await {
            Ok(keys) => *self.keys.write().await = Some(keys.into()),
            Err(error) => tracing::warn!(error = &*error as &dyn Error, "jwks can't be read"),
        }
    }
}

/// Whether `pause` is over. A clock that was set back does not make it longer.
fn is_due(asked: Option<Timestamp>, pause: Duration, now: Timestamp) -> bool {
    asked.is_none_or(|asked| now.since(asked).max(asked.since(now)) >= pause)
}

impl Source {
    async fn read(&self) -> Result<Vec<Key>, Cause> {
        let document = match self {
            Self::File(path) => tokio::fs::read(path).await?,
            Self::Url { url, client } => fetch(client, url).await?,
        };
        Ok(jwks::parse(&document)?)
    }
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, Cause> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if document.len() + chunk.len() > MAX_BYTES {
            return Err("over 1 MiB".into());
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}
