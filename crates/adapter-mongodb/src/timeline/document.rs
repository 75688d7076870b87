//! Messages as stored.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc, serialize_to_bson};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::media::Media;
use natter_domain::message::{Reaction, StoredMessage};
use serde::{Deserialize, Serialize};

use super::{kind, words};
use crate::fault::Fault;
use crate::values::{Id as _, date, long, number, timestamp};

/// Places that a message keeps after it has left them, the latest ones: see the module's docs.
const PLACES: i32 = 4_096;

/// A message as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDocument {
    #[serde(rename = "_id")]
    id: ObjectId,
    conversation_id: ObjectId,
    sender_id: ObjectId,
    seq: i64,
    rev: i64,
    /// Every `rev` that it has had. Not read.
    #[serde(default)]
    revs: Vec<i64>,
    created_rev: i64,
    text: Option<String>,
    /// What it is found by. Not read.
    #[serde(default)]
    words: Vec<String>,
    media: Vec<MediaDocument>,
    kind: String,
    reply_to: Option<ObjectId>,
    reactions: Vec<ReactionDocument>,
    /// Left out where there is none: its index is of those that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_message_id: Option<String>,
    edited_at: Option<DateTime>,
    deleted: bool,
    created_at: DateTime,
    updated_at: DateTime,
}

#[derive(Serialize, Deserialize)]
struct MediaDocument {
    url: String,
    kind: String,
    filename: Option<String>,
    size: Option<i64>,
    mimetype: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ReactionDocument {
    emoji: String,
    users: Vec<ObjectId>,
}

/// The fields that are read.
pub(super) fn shown() -> Document {
    doc! { "revs": 0, "words": 0 }
}

impl MessageDocument {
    /// A new one of this conversation.
    pub(crate) fn new(conversation: ConversationId, message: &StoredMessage) -> Self {
        Self {
            id: message.id.oid(),
            conversation_id: conversation.oid(),
            sender_id: message.sender.oid(),
            seq: long(message.seq),
            rev: long(message.rev),
            revs: vec![long(message.rev)],
            created_rev: long(message.created_rev),
            text: message.text.clone(),
            words: words::of(message.text.as_deref()),
            media: media(&message.media),
            kind: kind::of(message.kind).into(),
            reply_to: message.reply_to.map(|id| id.oid()),
            reactions: reactions(&message.reactions),
            client_message_id: message.client_message_id.clone(),
            edited_at: message.edited_at.map(date),
            deleted: message.deleted,
            created_at: date(message.created_at),
            updated_at: date(message.updated_at),
        }
    }
}

/// What makes a stored message this one.
pub(super) fn replacement(message: &StoredMessage) -> Result<Document, Fault> {
    Ok(doc! {
        "$set": {
            "rev": long(message.rev),
            "text": message.text.as_deref().map_or(Bson::Null, Bson::from),
            "words": words::of(message.text.as_deref()),
            "media": serialize_to_bson(&media(&message.media))?,
            "kind": kind::of(message.kind),
            "replyTo": message.reply_to.map_or(Bson::Null, |id| Bson::ObjectId(id.oid())),
            "reactions": serialize_to_bson(&reactions(&message.reactions))?,
            "editedAt": message.edited_at.map_or(Bson::Null, |at| Bson::DateTime(date(at))),
            "deleted": message.deleted,
            "updatedAt": date(message.updated_at),
        },
        "$push": { "revs": { "$each": [long(message.rev)], "$slice": -PLACES } },
    })
}

fn media(media: &[Media]) -> Vec<MediaDocument> {
    let document = |file: &Media| MediaDocument {
        url: file.url.clone(),
        kind: kind::of_media(file.kind).into(),
        filename: file.filename.clone(),
        size: file.size.map(long),
        mimetype: file.mimetype.clone(),
    };
    media.iter().map(document).collect()
}

fn reactions(reactions: &[Reaction]) -> Vec<ReactionDocument> {
    let document = |reaction: &Reaction| ReactionDocument {
        emoji: reaction.emoji.clone(),
        users: reaction.users.iter().map(|user| user.oid()).collect(),
    };
    reactions.iter().map(document).collect()
}

impl TryFrom<MediaDocument> for Media {
    type Error = Fault;

    fn try_from(file: MediaDocument) -> Result<Self, Fault> {
        Ok(Self {
            url: file.url,
            kind: kind::media(&file.kind)?,
            filename: file.filename,
            size: file.size.map(number),
            mimetype: file.mimetype,
        })
    }
}

impl TryFrom<MessageDocument> for StoredMessage {
    type Error = Fault;

    fn try_from(message: MessageDocument) -> Result<Self, Fault> {
        let reaction = |reaction: ReactionDocument| Reaction {
            emoji: reaction.emoji,
            users: reaction.users.into_iter().map(UserId::of).collect(),
        };
        Ok(Self {
            id: MessageId::of(message.id),
            conversation: ConversationId::of(message.conversation_id),
            sender: UserId::of(message.sender_id),
            text: message.text,
            media: message.media.into_iter().map(Media::try_from).collect::<Result<_, _>>()?,
            kind: kind::message(&message.kind)?,
            reply_to: message.reply_to.map(MessageId::of),
            reactions: message.reactions.into_iter().map(reaction).collect(),
            seq: number(message.seq),
            rev: number(message.rev),
            created_rev: number(message.created_rev),
            client_message_id: message.client_message_id,
            edited_at: message.edited_at.map(timestamp),
            deleted: message.deleted,
            created_at: timestamp(message.created_at),
            updated_at: timestamp(message.updated_at),
        })
    }
}
