//! Messages to and from rows.

use std::borrow::Cow;

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::media::{Media, MediaKind};
use natter_domain::message::{MessageKind, Reaction, StoredMessage};
use natter_domain::time::Timestamp;
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::super::fault::Fault;
use super::super::place::number_of;

/// Reads messages with their conversations: what follows is the condition. One whose conversation
/// is deleted is not found.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq_place, m.rev_place, m.id, c.id, m.sender, m.text, m.media, m.kind, m.reply_to, ",
            "m.reactions, m.created_rev, m.client_message_id, m.edited_at, m.deleted, m.created_at, ",
            "m.updated_at FROM messages m CROSS JOIN conversations c ON c.number = m.conversation ",
            $rest
        )
    };
}
pub(super) use select_messages;

/// A row of [`select_messages`].
pub(super) fn read(row: &Row<'_>) -> Result<StoredMessage, Fault> {
    let media: Option<String> = row.get(6)?;
    let reactions: Option<String> = row.get(9)?;
    let created_rev: i64 = row.get(10)?;
    Ok(StoredMessage {
        seq: number_of(row.get(0)?),
        rev: number_of(row.get(1)?),
        id: MessageId::from_bytes(row.get(2)?),
        conversation: ConversationId::from_bytes(row.get(3)?),
        sender: UserId::from_bytes(row.get(4)?),
        text: row.get(5)?,
        media: media.map_or_else(|| Ok(Vec::new()), |json| read_media(&json))?,
        kind: kind(row.get(7)?)?,
        reply_to: row.get::<_, Option<_>>(8)?.map(MessageId::from_bytes),
        reactions: reactions.map_or_else(|| Ok(Vec::new()), |json| read_reactions(&json))?,
        created_rev: u64::try_from(created_rev).map_err(|_| Fault::Malformed("rev"))?,
        client_message_id: row.get(11)?,
        edited_at: row.get::<_, Option<_>>(12)?.map(Timestamp::from_millis),
        deleted: row.get(13)?,
        created_at: Timestamp::from_millis(row.get(14)?),
        updated_at: Timestamp::from_millis(row.get(15)?),
    })
}

/// What a kind is written as.
pub(in super::super) fn media_code(kind: MediaKind) -> i64 {
    match kind {
        MediaKind::Image => 1,
        MediaKind::Video => 2,
        MediaKind::Audio => 3,
        MediaKind::File => 4,
    }
}

/// What was written for a kind.
pub(in super::super) fn media_kind(code: i64) -> Result<MediaKind, Fault> {
    match code {
        1 => Ok(MediaKind::Image),
        2 => Ok(MediaKind::Video),
        3 => Ok(MediaKind::Audio),
        4 => Ok(MediaKind::File),
        _ => Err(Fault::Malformed("kind")),
    }
}

pub(super) fn code(kind: MessageKind) -> i64 {
    match kind {
        MessageKind::Text => 0,
        MessageKind::Media(kind) => media_code(kind),
    }
}

fn kind(code: i64) -> Result<MessageKind, Fault> {
    if code == 0 { Ok(MessageKind::Text) } else { media_kind(code).map(MessageKind::Media) }
}

#[derive(Serialize, Deserialize)]
struct MediaJson<'a> {
    url: Cow<'a, str>,
    kind: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mimetype: Option<Cow<'a, str>>,
}

pub(super) fn write_media(media: &[Media]) -> Result<Option<String>, Fault> {
    let media: Vec<_> = media
        .iter()
        .map(|Media { url, kind, filename, size, mimetype }| MediaJson {
            url: Cow::Borrowed(url),
            kind: media_code(*kind),
            filename: filename.as_deref().map(Cow::Borrowed),
            size: *size,
            mimetype: mimetype.as_deref().map(Cow::Borrowed),
        })
        .collect();
    json(&media)
}

fn read_media(json: &str) -> Result<Vec<Media>, Fault> {
    let media: Vec<MediaJson<'_>> = serde_json::from_str(json).map_err(|_| Fault::Malformed("media"))?;
    media
        .into_iter()
        .map(|MediaJson { url, kind, filename, size, mimetype }| {
            Ok(Media {
                url: url.into_owned(),
                kind: media_kind(kind)?,
                filename: filename.map(Cow::into_owned),
                size,
                mimetype: mimetype.map(Cow::into_owned),
            })
        })
        .collect()
}

/// Emoji with the users' ids.
type ReactionJson<'a> = (Cow<'a, str>, Vec<String>);

pub(super) fn write_reactions(reactions: &[Reaction]) -> Result<Option<String>, Fault> {
    let reactions: Vec<ReactionJson<'_>> = reactions
        .iter()
        .map(|Reaction { emoji, users }| {
            (Cow::Borrowed(emoji.as_str()), users.iter().map(UserId::to_string).collect())
        })
        .collect();
    json(&reactions)
}

fn read_reactions(json: &str) -> Result<Vec<Reaction>, Fault> {
    let malformed = || Fault::Malformed("reactions");
    let reactions: Vec<ReactionJson<'_>> = serde_json::from_str(json).map_err(|_| malformed())?;
    reactions
        .into_iter()
        .map(|(emoji, users)| {
            let users =
                users.iter().map(|id| id.parse().map_err(|_| malformed())).collect::<Result<_, _>>()?;
            Ok(Reaction { emoji: emoji.into_owned(), users })
        })
        .collect()
}

fn json<T: Serialize>(list: &[T]) -> Result<Option<String>, Fault> {
    if list.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(list).map(Some).map_err(|_| Fault::Malformed("list"))
}
