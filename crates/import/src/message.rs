//! What a document of `messages` means.

use mongodb::bson::{Bson, Document};
use natter_domain::message::{MAX_CLIENT_MESSAGE_ID, MAX_MEDIA, MAX_TEXT, Reaction, check_length};
use natter_domain::{
    ConversationId, Media, MessageId, MessageKind, MessageStatus, StoredMessage, Timestamp, UserId,
};

use crate::fields::{self, first, flag, text};
use crate::{Fault, Read, media};

/// What a message may name its conversation by.
pub(crate) const CONVERSATION: [&str; 6] =
    ["conversationId", "conversation", "chatId", "chat", "roomId", "room"];
/// What a message may name its time by.
pub(crate) const CREATED_AT: [&str; 4] = ["createdAt", "timestamp", "sentAt", "date"];
/// What a message may name the one it answers by.
pub(crate) const REPLY_TO: [&str; 3] = ["replyTo", "replyToId", "parentMessage"];

/// Longest emoji of a reaction, in bytes.
const MAX_EMOJI: usize = 64;

/// A message of the old server.
#[derive(Debug, PartialEq)]
pub(crate) struct OldMessage {
    pub(crate) id: MessageId,
    pub(crate) sender: UserId,
    pub(crate) text: Option<String>,
    pub(crate) media: Vec<Media>,
    pub(crate) reply_to: Option<MessageId>,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) client_message_id: Option<String>,
    pub(crate) edited_at: Option<Timestamp>,
    pub(crate) deleted: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) status: MessageStatus,
    /// With the time, where it is known.
    pub(crate) read_by: Vec<(UserId, Option<Timestamp>)>,
    pub(crate) delivered_to: Vec<UserId>,
}

impl OldMessage {
    /// To be stored at this place.
    pub(crate) fn at(&self, conversation: ConversationId, seq: u64, rev: u64) -> StoredMessage {
        StoredMessage {
            id: self.id,
            conversation,
            sender: self.sender,
            text: self.text.clone(),
            kind: self.media.first().map_or(MessageKind::Text, |first| MessageKind::Media(first.kind)),
            media: self.media.clone(),
            reply_to: self.reply_to,
            reactions: self.reactions.clone(),
            seq,
            rev,
            created_rev: rev,
            client_message_id: self.client_message_id.clone(),
            edited_at: self.edited_at,
            deleted: self.deleted,
            created_at: self.created_at,
            updated_at: self.edited_at.unwrap_or(self.created_at),
        }
    }
}

/// The id of a message, without which nothing else of it is looked at.
pub(crate) fn id(document: &Document) -> Result<MessageId, Fault> {
    match document.get("_id") {
        Some(Bson::ObjectId(id)) => Ok(MessageId::from_bytes(id.bytes())),
        _ => Err("_id is no ObjectId".to_owned()),
    }
}

/// Reads one that was sent at that time, `None` where nobody knows. Whether sender, conversation and
/// the message it answers are there is not looked at.
pub(crate) fn read(document: &Document, created_at: Option<Timestamp>) -> Result<Read<OldMessage>, Fault> {
    let id = id(document)?;
    let created_at = created_at.ok_or("createdAt is no time")?;
    let sender =
        fields::id_of(document, &["senderId", "sender", "from", "author"]).ok_or("there is no sender")?;
    let sender = UserId::from_bytes(sender.ok_or("sender is no id")?);
    let kind = match first(document, &["messageType", "type"]) {
        None => None,
        Some(Bson::String(name)) => media::kind_of(name).ok_or("messageType is none that there is")?,
        Some(_) => return Err("messageType is no text".to_owned()),
    };
    let deleted = flag(document, &["deleted", "isDeleted", "deletedForEveryone"])
        || first(document, &["deletedAt"]).is_some();
    let mut changes = Vec::new();
    let (text, media) = if deleted { (None, Vec::new()) } else { content(document, kind)? };
    let edited_at = edited_at(document, created_at);
    let value = OldMessage {
        id,
        sender,
        text,
        media,
        reply_to: fields::id_of(document, &REPLY_TO).flatten().map(MessageId::from_bytes),
        reactions: if deleted { Vec::new() } else { reactions(document, &mut changes) },
        client_message_id: client_message_id(document),
        edited_at,
        deleted,
        created_at,
        status: status(document),
        read_by: readers(document),
        delivered_to: fields::list(first(document, &["deliveredTo"]))
            .iter()
            .filter_map(fields::id)
            .map(UserId::from_bytes)
            .collect(),
    };
    Ok(Read { value, changes })
}

fn content(
    document: &Document,
    kind: Option<natter_domain::MediaKind>,
) -> Result<(Option<String>, Vec<Media>), Fault> {
    let content = match first(document, &["content", "text", "message", "body"]) {
        None => None,
        Some(Bson::String(text)) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        Some(_) => return Err("the content is no text".to_owned()),
    };
    let (media, is_content) = media::read(document, kind, content)?;
    let text = content.filter(|_| !is_content);
    if text.is_none() && media.is_empty() {
        return Err("there is neither text nor a file".to_owned());
    }
    if media.len() > MAX_MEDIA {
        return Err(format!("there are {} files; {MAX_MEDIA} is the most", media.len()));
    }
    let text = text.unwrap_or_default();
    check_length(text).map_err(|_| format!("the text is longer than {MAX_TEXT} characters"))?;
    Ok((Some(text.to_owned()).filter(|text| !text.is_empty()), media))
}

fn edited_at(document: &Document, created_at: Timestamp) -> Option<Timestamp> {
    let edited_at = first(document, &["editedAt"]).and_then(fields::time);
    let is_edited = || flag(document, &["isEdited", "edited"]);
    let updated_at = || first(document, &["updatedAt"]).and_then(fields::time).unwrap_or(created_at);
    edited_at.or_else(|| is_edited().then(updated_at))
}

fn client_message_id(document: &Document) -> Option<String> {
    let name = text(document, &["clientMessageId", "tempId"])?;
    (name.chars().take(MAX_CLIENT_MESSAGE_ID + 1).count() <= MAX_CLIENT_MESSAGE_ID).then(|| name.to_owned())
}

fn status(document: &Document) -> MessageStatus {
    if flag(document, &["read", "isRead", "seen"]) {
        return MessageStatus::Read;
    }
    match text(document, &["status"]).map(str::to_ascii_lowercase).as_deref() {
        Some("read" | "seen") => MessageStatus::Read,
        Some("delivered") => MessageStatus::Delivered,
        _ => MessageStatus::Sent,
    }
}

fn readers(document: &Document) -> Vec<(UserId, Option<Timestamp>)> {
    let reader = |entry: &Bson| {
        let at = match entry {
            Bson::Document(entry) => first(entry, &["readAt", "at", "timestamp"]).and_then(fields::time),
            _ => None,
        };
        Some((UserId::from_bytes(fields::id(entry)?), at))
    };
    fields::list(first(document, &["readBy", "seenBy"])).iter().filter_map(reader).collect()
}

/// `[{emoji, userId}]`, or with several users an emoji.
fn reactions(document: &Document, changes: &mut Vec<String>) -> Vec<Reaction> {
    let mut reactions: Vec<Reaction> = Vec::new();
    let mut faulty = 0_u32;
    for entry in fields::list(first(document, &["reactions"])) {
        let Bson::Document(entry) = entry else {
            faulty += 1;
            continue;
        };
        let emoji = text(entry, &["emoji", "reaction", "type"]).filter(|emoji| emoji.len() <= MAX_EMOJI);
        let users: Vec<_> = fields::list(first(entry, &["users", "userIds", "user", "userId"]))
            .iter()
            .filter_map(fields::id)
            .map(UserId::from_bytes)
            .collect();
        let (Some(emoji), false) = (emoji, users.is_empty()) else {
            faulty += 1;
            continue;
        };
        let place = reactions.iter().position(|there| there.emoji == emoji).unwrap_or(reactions.len());
        if place == reactions.len() {
            reactions.push(Reaction { emoji: emoji.to_owned(), users: Vec::new() });
        }
        if let Some(there) = reactions.get_mut(place) {
            for user in users {
                if !there.users.contains(&user) {
                    there.users.push(user);
                }
            }
        }
    }
    if faulty > 0 {
        changes.push(format!("{faulty} reactions have no emoji or no user: they are left out"));
    }
    reactions
}

#[cfg(test)]
mod tests;
