//! From a multipart body to a stored file.
//!
//! Nothing that the client says is believed: the type is the content's, the size is counted as it
//! comes in, and the file is whole only when the body's end has come.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use multer::{Field, Multipart};
use natter_domain::Rejection;
use natter_domain::ports::MediaStore;

use crate::answer::Refusal;
use crate::body::{Incoming, Unclaimed};
use crate::filename;
use crate::format::{Format, WINDOW};
use crate::kept::{Kept, Writing};

/// How long a client may send nothing.
const IDLE: Duration = Duration::from_secs(30);

/// Which file is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Name of the form's field.
    pub(crate) field: &'static str,
    /// Whether a field without a file's name is none: text, that is.
    pub(crate) named: bool,
    /// Most bytes.
    pub(crate) max_size: u64,
    /// Whether a file of this format and name is taken here.
    pub(crate) takes: fn(Format, Option<&str>) -> bool,
    /// What its path begins with, without slashes.
    pub(crate) place: &'static str,
    /// Whether an image gets a small copy.
    pub(crate) small_copy: bool,
}

impl Wanted {
    fn is(&self, field: &Field<'_>) -> bool {
        field.name() == Some(self.field) && (!self.named || filename::of(field).is_some())
    }
}

/// A file as it came.
pub(crate) struct Received {
    pub(crate) kept: Kept,
    pub(crate) format: Format,
    /// Bytes.
    pub(crate) size: u64,
    /// As it was called, made harmless.
    pub(crate) filename: Option<String>,
}

/// Reads a body and stores the file in it. Cancel safe: dropped, nothing is kept.
pub(crate) async fn receive(
    store: &Arc<dyn MediaStore>,
    headers: &HeaderMap,
    body: Incoming,
    wanted: Wanted,
) -> Result<Received, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary =
        content_type.and_then(|value| multer::parse_boundary(value).ok()).ok_or(Refusal::NoFile)?;
    let unclaimed = body.unclaimed();
    let mut form = Form { multipart: Multipart::new(body, boundary), unclaimed, wanted };
    let mut file = form.find().await?;
    let filename = filename::of(&file.field).filter(|name| !name.is_empty());

    let head = file.head().await?;
    if head.is_empty() {
        return Err(Refusal::NoFile);
    }
    let Some(format) = Format::detect(&head).filter(|format| (wanted.takes)(*format, filename.as_deref()))
    else {
        // Told only when all has come, so that a file that is also too large is always that.
        file.skip().await?;
        return Err(Rejection::UnsupportedMedia.into());
    };
    let mut writing = Writing::begin(store, format).await?;
    writing.write(head).await?;
    while let Some(bytes) = file.next().await? {
        writing.write(bytes).await?;
    }
    let size = file.size;
    drop(file);
    form.end().await?;
    Ok(Received { kept: writing.finish().await?, format, size, filename })
}

/// A form as it comes in.
struct Form {
    multipart: Multipart<'static>,
    unclaimed: Unclaimed,
    wanted: Wanted,
}

/// The wanted file in it.
struct File {
    field: Field<'static>,
    unclaimed: Unclaimed,
    wanted: Wanted,
    /// Bytes so far.
    size: u64,
}

impl Form {
    /// Skips to the wanted file.
    async fn find(&mut self) -> Result<File, Refusal> {
        let wanted = self.wanted;
        while let Some(field) = step(wanted, self.multipart.next_field()).await? {
            if wanted.is(&field) {
                self.unclaimed.claimed();
                return Ok(File { field, unclaimed: self.unclaimed.clone(), wanted, size: 0 });
            }
        }
        Err(Refusal::NoFile)
    }

    /// Reads to the end, where no second file may come.
    async fn end(&mut self) -> Result<(), Refusal> {
        let wanted = self.wanted;
        while let Some(field) = step(wanted, self.multipart.next_field()).await? {
            if wanted.is(&field) {
                return Err(Rejection::invalid(wanted.field, "must be one file").into());
            }
        }
        Ok(())
    }
}

impl File {
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let next = step(self.wanted, self.field.chunk()).await?;
        self.unclaimed.claimed();
        self.size += next.as_ref().map_or(0, |bytes| bytes.len() as u64);
        match self.size > self.wanted.max_size {
            true => Err(Rejection::TooLarge.into()),
            false => Ok(next),
        }
    }

    /// Its beginning, by which its format is known.
    async fn head(&mut self) -> Result<Bytes, Refusal> {
        let mut head = BytesMut::new();
        while head.len() < WINDOW
            && let Some(bytes) = self.next().await?
        {
            head.extend_from_slice(&bytes);
        }
        Ok(head.freeze())
    }

    async fn skip(&mut self) -> Result<(), Refusal> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}

/// One step of reading: whatever is wrong is the client's, be it the form or the connection.
async fn step<T>(
    wanted: Wanted,
    reading: impl Future<Output = Result<T, multer::Error>>,
) -> Result<T, Refusal> {
    let what = match tokio::time::timeout(IDLE, reading).await {
        Ok(Ok(read)) => return Ok(read),
        Ok(Err(error)) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "a form can't be read");
            "incomplete or malformed"
        }
        Err(_) => "too slow",
    };
    Err(Rejection::invalid(wanted.field, what).into())
}
