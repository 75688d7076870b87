//! What this crate's own tests write.

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{MessageKind, StoredMessage};
use natter_domain::time::Timestamp;

/// The first message of a conversation, with no text, from somebody.
pub(crate) fn message(conversation: ConversationId, at: Timestamp) -> StoredMessage {
    StoredMessage {
        id: MessageId::generate(at),
        conversation,
        sender: UserId::generate(at),
        text: None,
        media: Vec::new(),
        kind: MessageKind::Text,
        reply_to: None,
        reactions: Vec::new(),
        seq: 1,
        rev: 1,
        created_rev: 1,
        client_message_id: None,
        edited_at: None,
        deleted: false,
        created_at: at,
        updated_at: at,
    }
}
