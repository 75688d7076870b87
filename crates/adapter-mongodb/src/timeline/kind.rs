//! What kinds are written as.

use natter_domain::media::MediaKind;
use natter_domain::message::MessageKind;

use crate::fault::Fault;

const TEXT: &str = "text";

pub(crate) fn of_media(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::File => "file",
    }
}

pub(crate) fn media(name: &str) -> Result<MediaKind, Fault> {
    match name {
        "image" => Ok(MediaKind::Image),
        "video" => Ok(MediaKind::Video),
        "audio" => Ok(MediaKind::Audio),
        "file" => Ok(MediaKind::File),
        _ => Err(Fault::Malformed("kind")),
    }
}

pub(super) fn of(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => TEXT,
        MessageKind::Media(kind) => of_media(kind),
    }
}

pub(super) fn message(name: &str) -> Result<MessageKind, Fault> {
    if name == TEXT { Ok(MessageKind::Text) } else { media(name).map(MessageKind::Media) }
}
