//! The formats that are taken, and how each is known by its first bytes.
//!
//! Content decides, never a name or a header: a format is one that is recognised here, images must
//! also decode, and documents of Word are told from others of their containers by a further look.

mod isobmff;
mod matroska;
mod mp3;

#[cfg(test)]
mod tests;

use natter_domain::MediaKind;

/// Bytes of a file that [`Format::detect`] looks at; the whole file where it has less.
pub(crate) const WINDOW: usize = 4096;

/// Where browsers look for markup in what they are not told the type of, with a margin.
const MARKUP_WINDOW: usize = 2048;

/// What Office's older documents begin with, not Word's alone (MS-CFB, section 2.2).
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// A file in a zip archive (APPNOTE.TXT, section 4.3.7).
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";

/// Beginnings of markup and scripts; in lower case.
const MARKUP: [&[u8]; 7] = [b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?php"];

/// A format that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
    Mp4,
    Mov,
    Avi,
    WebM,
    Mkv,
    Mp3,
    Pdf,
    /// A compound file, which may yet be another one than Word's: see [`crate::document`].
    Doc,
    /// A zip archive, which may yet be another one than Word's: see [`crate::document`].
    Docx,
}

impl Format {
    const ALL: [Self; 13] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::WebP,
        Self::Mp4,
        Self::Mov,
        Self::Avi,
        Self::WebM,
        Self::Mkv,
        Self::Mp3,
        Self::Pdf,
        Self::Doc,
        Self::Docx,
    ];

    /// Tells a file's format by its first [`WINDOW`] bytes. What browsers show and also reads as
    /// markup has none: it was made to be taken for something else.
    pub(crate) fn detect(head: &[u8]) -> Option<Self> {
        let format = match head {
            [0xff, 0xd8, 0xff, marker, ..] if (0xc0..0xff).contains(marker) => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, rest @ ..] => riff(rest)?,
            [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => matroska::detect(rest)?,
            [b'%', b'P', b'D', b'F', b'-', b'0'..=b'9', ..] => Self::Pdf,
            _ if head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") => Self::Png,
            _ if head.starts_with(COMPOUND_FILE) => Self::Doc,
            _ if head.starts_with(ZIP_ENTRY) => Self::Docx,
            _ if mp3::is_mp3(head) => Self::Mp3,
            _ => isobmff::detect(head)?,
        };
        (!format.is_shown() || !has_markup(head)).then_some(format)
    }

    /// The format that the ending of one of our names means.
    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }

    /// As clients see it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Avi => "avi",
            Self::WebM => "webm",
            Self::Mkv => "mkv",
            Self::Mp3 => "mp3",
            Self::Pdf => "pdf",
            Self::Doc => "doc",
            Self::Docx => "docx",
        }
    }

    /// The ending of names, without its dot.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.as_str(),
        }
    }

    /// MIME type.
    pub(crate) const fn mimetype(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Avi => "video/x-msvideo",
            Self::WebM => "video/webm",
            Self::Mkv => "video/x-matroska",
            Self::Mp3 => "audio/mpeg",
            Self::Pdf => "application/pdf",
            Self::Doc => "application/msword",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// What sort of content it is.
    pub(crate) const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::WebP => MediaKind::Image,
            Self::Mp4 | Self::Mov | Self::Avi | Self::WebM | Self::Mkv => MediaKind::Video,
            Self::Mp3 => MediaKind::Audio,
            Self::Pdf | Self::Doc | Self::Docx => MediaKind::File,
        }
    }

    /// Whether browsers show or play it where it is fetched; documents are only saved.
    pub(crate) fn is_shown(self) -> bool {
        self.kind() != MediaKind::File
    }

    /// Who decodes it; only images are decoded.
    pub(crate) const fn decoder(self) -> Option<image::ImageFormat> {
        match self {
            Self::Jpeg => Some(image::ImageFormat::Jpeg),
            Self::Png => Some(image::ImageFormat::Png),
            Self::Gif => Some(image::ImageFormat::Gif),
            Self::WebP => Some(image::ImageFormat::WebP),
            _ => None,
        }
    }
}

/// `RIFF`, a size, and then what it is; a WebP's first chunk too.
fn riff(rest: &[u8]) -> Option<Format> {
    match rest {
        [b'W', b'E', b'B', b'P', b'V', b'P', b'8', b' ' | b'L' | b'X', ..] => Some(Format::WebP),
        [b'A', b'V', b'I', b' ', ..] => Some(Format::Avi),
        _ => None,
    }
}

fn has_markup(head: &[u8]) -> bool {
    let head = head.get(..MARKUP_WINDOW).unwrap_or(head);
    let mut tags = head.iter().enumerate().filter(|(_, byte)| **byte == b'<');
    tags.any(|(at, _)| {
        let text = head.get(at..).unwrap_or_default();
        MARKUP.iter().any(|tag| text.get(..tag.len()).is_some_and(|text| text.eq_ignore_ascii_case(tag)))
    })
}
