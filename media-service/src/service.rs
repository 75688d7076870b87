//! What becomes of an upload: stored, looked at, recorded, issued.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use bytes::Bytes;
use natter_domain::command::RecordMedia;
use natter_domain::media::MediaRecord;
use natter_domain::ports::{Clock, MediaStore};
use natter_domain::{MediaKind, Rejection, UserId, UserRef};
use natter_runtime::commands::Commands;
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::answer::Refusal;
use crate::authenticate::{self, Authenticate};
use crate::body::Incoming;
use crate::document;
use crate::format::Format;
use crate::kept::{Kept, Writing};
use crate::metrics::Counted;
use crate::name::MediaName;
use crate::picture::{Picture, Pictures, Thumbnail};
use crate::receive::{Received, Wanted, receive};

/// How long an upload may take to come in.
const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);

/// What the handlers share.
pub(crate) struct Service {
    pub(crate) store: Arc<dyn MediaStore>,
    pub(crate) commands: Commands,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pictures: Pictures,
    pub(crate) admission: Admission,
    /// What URLs begin with, before their path.
    pub(crate) public_url: String,
    /// Bytes.
    pub(crate) max_media_size: u64,
    /// Bytes.
    pub(crate) max_upload_size: u64,
    /// Bytes.
    pub(crate) max_photo_size: u64,
    /// Cancelled when the process ends.
    pub(crate) stop: CancellationToken,
}

/// A file that may be referred to, unless this is dropped before [`Issued::keep`]: then it is gone.
pub(crate) struct Issued {
    pub(crate) url: String,
    pub(crate) format: Format,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) filename: String,
    /// Width and height in pixels, of images.
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) thumbnail_url: Option<String>,
    files: Vec<Kept>,
}

impl Issued {
    /// Whoever asked for it is told of it.
    pub(crate) fn keep(&mut self) {
        self.files.drain(..).for_each(Kept::issue);
    }
}

impl Service {
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<UserRef, Refusal> {
        authenticate::caller(self.authenticate.as_ref(), headers).await
    }

    /// Takes an upload in, from the body to a URL.
    pub(crate) async fn take(
        &self,
        user: UserId,
        headers: &HeaderMap,
        body: Incoming,
        wanted: Wanted,
    ) -> Result<Issued, Refusal> {
        let counted = Counted::begin();
        let taken = self.take_uncounted(user, headers, body, wanted).await;
        counted.end(&taken);
        taken
    }

    async fn take_uncounted(
        &self,
        user: UserId,
        headers: &HeaderMap,
        body: Incoming,
        wanted: Wanted,
    ) -> Result<Issued, Refusal> {
        let _admitted = self.admission.admit(user)?;
        let receiving = tokio::time::timeout(UPLOAD_TIME, receive(&self.store, headers, body, wanted));
        let received = match self.stop.run_until_cancelled(receiving).await {
            Some(Ok(received)) => received?,
            Some(Err(_)) => return Err(Rejection::invalid(wanted.field, "too slow").into()),
            None => return Err(Refusal::UNAVAILABLE),
        };
        let picture = match received.format.decoder() {
            Some(decoder) => Some(self.pictures.look(received.kept.name(), decoder).await?),
            None => None,
        };
        document::check(self.store.as_ref(), received.kept.name(), received.size).await?;
        self.issue(user, received, picture, wanted).await
    }

    async fn issue(
        &self,
        user: UserId,
        received: Received,
        picture: Option<Picture>,
        wanted: Wanted,
    ) -> Result<Issued, Refusal> {
        let Received { kept, format, size, filename } = received;
        let filename = filename.unwrap_or_else(|| format!("file.{}", format.ending()));
        let url = self.url(wanted, kept.name());
        let mut issued = Issued {
            url: url.clone(),
            format,
            size,
            filename: filename.clone(),
            dimensions: picture.as_ref().map(|picture| (picture.width, picture.height)),
            thumbnail_url: None,
            files: vec![kept],
        };
        let record = |url, format: Format, size| RecordMedia {
            record: MediaRecord {
                url,
                owner: user,
                kind: format.kind(),
                mimetype: format.mimetype().to_owned(),
                filename: filename.clone(),
                size,
                created_at: self.clock.now(),
            },
        };
        if let Some(Picture { thumbnail: Thumbnail { format, bytes }, .. }) =
            picture.filter(|_| wanted.small_copy)
        {
            let size = bytes.len() as u64;
            let mut writing = Writing::begin(&self.store, format).await?;
            writing.write(Bytes::from(bytes)).await?;
            let kept = writing.finish().await?;
            let url = self.url(wanted, kept.name());
            issued.thumbnail_url = Some(url.clone());
            issued.files.push(kept);
            self.commands.call(record(url, format, size)).await?;
        }
        // The original last: where this fails, nothing refers to it.
        self.commands.call(record(url, format, size)).await?;
        Ok(issued)
    }

    fn url(&self, wanted: Wanted, name: &MediaName) -> String {
        format!("{}/{}/{name}", self.public_url, wanted.place)
    }
}

/// What sort of content it is, as clients see it.
pub(crate) const fn kind_text(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::File => "file",
    }
}
