//! Pictures, films and files that go with messages.

use crate::id::UserId;
use crate::time::Timestamp;

/// What sort of content a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// JPEG, PNG, GIF, WebP.
    Image,
    /// MP4, MOV, AVI, WebM, MKV.
    Video,
    /// MP3; the colon dialect shows it as a file.
    Audio,
    /// Anything else that is allowed.
    File,
}

/// A file in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where it is fetched from.
    pub url: String,
    /// What it is.
    pub kind: MediaKind,
    /// The name it had where it was uploaded.
    pub filename: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// MIME type, where it is known.
    pub mimetype: Option<String>,
}

/// What the media service issued: only such URLs (or allow-listed ones) may go into messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRecord {
    /// The URL as issued.
    pub url: String,
    /// Who uploaded it.
    pub owner: UserId,
    /// What it is, by its content.
    pub kind: MediaKind,
    /// MIME type, by its content.
    pub mimetype: String,
    /// The name it had where it was uploaded.
    pub filename: String,
    /// Bytes.
    pub size: u64,
    /// When.
    pub created_at: Timestamp,
}
