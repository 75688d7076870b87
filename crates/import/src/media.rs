//! What the files of an old message mean.

use mongodb::bson::{Bson, Document};
use natter_domain::{Media, MediaKind};

use crate::Fault;
use crate::fields::{self, first, text};

/// Where messages name their files, one or several.
const FILES: [&str; 4] = ["media", "file", "attachments", "files"];
/// Where a message itself has the URL of its one file.
const URLS: [&str; 5] = ["fileUrl", "mediaUrl", "imageUrl", "videoUrl", "audioUrl"];

/// The files of a message. `kind` is what the message says it is, for files that don't say. A
/// message of such a kind whose content is nothing but a URL has that as its file.
///
/// # Errors
/// A file without a URL, or with one that no browser should load.
pub(crate) fn read(
    message: &Document,
    kind: Option<MediaKind>,
    content: Option<&str>,
) -> Result<(Vec<Media>, bool), Fault> {
    let mut media = Vec::new();
    for file in fields::list(first(message, &FILES)) {
        media.push(match file {
            Bson::Document(file) if file.is_empty() => continue,
            Bson::Document(file) => described(file, kind)?,
            Bson::String(url) if url.trim().is_empty() => continue,
            Bson::String(url) => named(url, kind, &Document::new())?,
            _ => return Err("a file is neither an object nor a URL".to_owned()),
        });
    }
    if let (true, Some(url)) = (media.is_empty(), text(message, &URLS)) {
        media.push(named(url, kind, message)?);
    }
    let content = content.map(str::trim).unwrap_or_default();
    let is_link = !content.contains(char::is_whitespace)
        && ["http://", "https://", "/"].iter().any(|begun| content.starts_with(begun));
    match (media.is_empty(), kind) {
        (true, Some(kind)) if is_link => Ok((vec![named(content, Some(kind), message)?], true)),
        (true, Some(_)) => Err("the message is said to have a file, and has no URL of one".to_owned()),
        _ => Ok((media, false)),
    }
}

/// A file with fields of its own.
fn described(file: &Document, kind: Option<MediaKind>) -> Result<Media, Fault> {
    let url = text(file, &["url", "secure_url", "fileUrl", "path"]).ok_or("a file has no url")?;
    let own = text(file, &["messageType", "type", "resource_type"]).and_then(|name| kind_of(name).flatten());
    named(url, own.or(kind), file)
}

fn named(url: &str, kind: Option<MediaKind>, file: &Document) -> Result<Media, Fault> {
    let url = url.trim();
    if !fields::is_url(url) {
        return Err("the url of a file is no http(s) URL and no path".to_owned());
    }
    let mimetype = text(file, &["mimetype", "mimeType", "contentType"]).map(str::to_owned);
    let by_content = mimetype.as_deref().map(kind_of_mimetype);
    let size = match first(file, &["size", "fileSize"]) {
        Some(Bson::Int32(size)) => u64::try_from(*size).ok(),
        Some(Bson::Int64(size)) => u64::try_from(*size).ok(),
        Some(Bson::Double(size)) if *size >= 0.0 => Some(*size as u64),
        _ => None,
    };
    Ok(Media {
        url: url.to_owned(),
        kind: kind.or(by_content).unwrap_or(MediaKind::File),
        filename: text(file, &["filename", "fileName", "originalName", "originalname", "name"])
            .map(str::to_owned),
        size,
        mimetype,
    })
}

fn kind_of_mimetype(mimetype: &str) -> MediaKind {
    match mimetype.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// What a message or a file is said to be: `Some(None)` is text, and `None` nothing that there is.
#[expect(clippy::option_option, reason = "a kind that is none is not a kind that nobody knows")]
pub(crate) fn kind_of(name: &str) -> Option<Option<MediaKind>> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "text" => None,
        "image" | "photo" | "picture" | "gif" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "audio" | "voice" => Some(MediaKind::Audio),
        "file" | "document" | "pdf" | "raw" => Some(MediaKind::File),
        _ => return None,
    })
}
