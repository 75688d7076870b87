//! Messages, stored and shown.

use std::sync::Arc;

use crate::id::{ConversationId, MessageId, UserId};
use crate::media::{Media, MediaKind};
use crate::rejection::Rejection;
use crate::time::Timestamp;
use crate::user::UserRef;

/// Longest text, in code points.
pub const MAX_TEXT: usize = 10_000;
/// Most files in a message.
pub const MAX_MEDIA: usize = 10;
/// Longest `clientMessageId`, in code points.
pub const MAX_CLIENT_MESSAGE_ID: usize = 64;

/// What a message mainly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Text alone.
    Text,
    /// Its first file's kind.
    Media(MediaKind),
}

/// How far a message has come, over all its recipients: the furthest of them counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageStatus {
    /// Stored.
    Sent,
    /// On a device of a recipient.
    Delivered,
    /// Read by a recipient.
    Read,
}

/// Who set which emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// In the order in which they set it.
    pub users: Vec<UserId>,
}

/// A message as the store keeps it: its state after its latest change.
///
/// A conversation's timeline is its messages in order of `rev`; a change moves its message to the
/// end. `rev` is unique in a conversation, and its highest is the conversation's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub sender: UserId,
    /// Not only white space, where present.
    pub text: Option<String>,
    /// At most [`MAX_MEDIA`].
    pub media: Vec<Media>,
    /// What it mainly is.
    pub kind: MessageKind,
    /// The message it answers, in the same conversation.
    pub reply_to: Option<MessageId>,
    /// One entry an emoji, in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// Place among the conversation's messages: 1, 2, 3, …
    pub seq: u64,
    /// Place of its latest change among the conversation's changes: 1, 2, 3, …
    pub rev: u64,
    /// `rev` of its creation.
    pub created_rev: u64,
    /// The sender's own name for it: unique for the sender in the conversation.
    pub client_message_id: Option<String>,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// Deleted ones keep their place, without text, files and reactions.
    pub deleted: bool,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The message that another one answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Which.
    pub id: MessageId,
    /// Its text as it is now.
    pub text: Option<String>,
    /// Whose.
    pub sender: Arc<UserRef>,
}

/// When somebody read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBy {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}

/// A message as clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// As stored.
    pub stored: StoredMessage,
    /// Its sender.
    pub sender: Arc<UserRef>,
    /// Derived from the receipts.
    pub status: MessageStatus,
    /// Derived from the receipts; in groups of over 100 left empty.
    pub read_by: Vec<ReadBy>,
    /// What it answers.
    pub reply_to: Option<Quote>,
}

/// What a sender asks to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// As it came; only white space counts as none.
    pub text: Option<String>,
    /// At most [`MAX_MEDIA`].
    pub media: Vec<Media>,
    /// What the client says it is; `None` leaves it to the content.
    pub kind: Option<MessageKind>,
    /// Which message it answers.
    pub reply_to: Option<MessageId>,
    /// The sender's own name for it, 1 to [`MAX_CLIENT_MESSAGE_ID`] code points.
    pub client_message_id: Option<String>,
}

impl Draft {
    /// What the content mainly is.
    pub fn content_kind(&self) -> MessageKind {
        self.media.first().map_or(MessageKind::Text, |first| MessageKind::Media(first.kind))
    }

    /// Checks what can be told from the content alone. Rejections, in this order: `AudioNotAllowed`,
    /// `EmptyMessage`, `TypeMismatch`, `TooLong`.
    pub fn check_content(&self, audio_allowed: bool) -> Result<(), Rejection> {
        let text = self.text.as_deref().unwrap_or_default();
        let audio = self.kind == Some(MessageKind::Media(MediaKind::Audio))
            || self.media.iter().any(|file| file.kind == MediaKind::Audio);
        if audio && !audio_allowed {
            return Err(Rejection::AudioNotAllowed);
        }
        if text.trim().is_empty() && self.media.is_empty() {
            return Err(Rejection::EmptyMessage);
        }
        if self.kind.is_some_and(|kind| kind != self.content_kind()) {
            return Err(Rejection::TypeMismatch);
        }
        check_length(text)
    }
}

/// Checks a text's length, which is measured in code points. Rejections: `TooLong`.
pub fn check_length(text: &str) -> Result<(), Rejection> {
    // No text of so few bytes has too many code points.
    if text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some() {
        return Err(Rejection::TooLong);
    }
    Ok(())
}

/// The end of a conversation's timeline. Zero for an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// Of the latest change.
    pub rev: u64,
    /// Of the latest message.
    pub seq: u64,
}

/// How a message changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// Its text or its reactions are other ones.
    Updated,
    /// It is gone but for its place.
    Deleted,
}

/// One change of a conversation's timeline, with the message as it was right after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How it changed.
    pub kind: ChangeKind,
    /// The message after the change; `message.stored.rev` is the change's `rev`.
    pub message: Message,
}

impl Change {
    /// The change that brings a client which knows everything up to `known_rev`, and nothing
    /// later, up to `message`. One that is new to it comes as created, as it is now, even where it
    /// has been deleted since: it has a place in the history.
    pub fn catching_up(message: Message, known_rev: u64) -> Self {
        let kind = if message.stored.created_rev > known_rev {
            ChangeKind::Created
        } else if message.stored.deleted {
            ChangeKind::Deleted
        } else {
            ChangeKind::Updated
        };
        Self { kind, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(kind: MediaKind) -> Media {
        Media { url: "/media/a".to_owned(), kind, filename: None, size: None, mimetype: None }
    }

    fn draft(text: Option<&str>, media: Vec<Media>, kind: Option<MessageKind>) -> Draft {
        Draft { text: text.map(str::to_owned), media, kind, reply_to: None, client_message_id: None }
    }

    #[test]
    fn content_is_checked_in_order_of_precedence() {
        let image = MessageKind::Media(MediaKind::Image);
        let audio = MessageKind::Media(MediaKind::Audio);
        let cases = [
            (draft(Some("hi"), vec![], Some(MessageKind::Text)), false, Ok(())),
            (draft(Some("hi"), vec![], None), false, Ok(())),
            (draft(Some("hi"), vec![media(MediaKind::Image)], Some(image)), false, Ok(())),
            (draft(None, vec![media(MediaKind::Audio)], Some(audio)), true, Ok(())),
            (draft(None, vec![media(MediaKind::Audio)], None), false, Err(Rejection::AudioNotAllowed)),
            (draft(None, vec![], Some(audio)), false, Err(Rejection::AudioNotAllowed)),
            (draft(None, vec![], Some(image)), false, Err(Rejection::EmptyMessage)),
            (draft(Some("hi"), vec![], Some(image)), false, Err(Rejection::TypeMismatch)),
            (
                draft(Some("hi"), vec![media(MediaKind::Video)], Some(image)),
                false,
                Err(Rejection::TypeMismatch),
            ),
        ];
        for (draft, audio_allowed, expected) in cases {
            assert_eq!(draft.check_content(audio_allowed), expected, "{draft:?}");
        }
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(check_length(&"😀".repeat(MAX_TEXT)), Ok(()));
        assert_eq!(check_length(&"😀".repeat(MAX_TEXT + 1)), Err(Rejection::TooLong));
        assert_eq!(check_length(&"a".repeat(MAX_TEXT + 1)), Err(Rejection::TooLong));
    }
}
