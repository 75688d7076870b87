//! Samples of what commands, replies and events are about.

use std::sync::Arc;

use natter_domain::activity::ActivityEntry;
use natter_domain::conversation::{Conversation, ConversationView, LastMessage, Member, Participant};
use natter_domain::media::{Media, MediaKind, MediaRecord};
use natter_domain::message::{
    Change, ChangeKind, Head, Message, MessageKind, MessageStatus, Quote, Reaction, ReadBy, StoredMessage,
};
use natter_domain::page::{Page, PageRequest};
use natter_domain::receipt::{ReadReceipt, Receipt};
use natter_domain::session::{Bearer, Revocation, RevocationScope};
use natter_domain::user::{Profile, User, UserRef};
use natter_domain::{
    ActivityId, ConversationId, ConversationKind, MessageId, Role, SessionId, Timestamp, UserId,
};

pub(super) const MEDIA_KINDS: [MediaKind; 4] =
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::File];

pub(super) const MESSAGE_KINDS: [MessageKind; 5] = [
    MessageKind::Text,
    MessageKind::Media(MediaKind::Image),
    MessageKind::Media(MediaKind::Video),
    MessageKind::Media(MediaKind::Audio),
    MessageKind::Media(MediaKind::File),
];

pub(super) fn user_id(n: u8) -> UserId {
    UserId::from_bytes([n; 12])
}

pub(super) fn conversation_id(n: u8) -> ConversationId {
    ConversationId::from_bytes([n; 12])
}

pub(super) fn message_id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 12])
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn text(filled: bool, text: &str) -> Option<String> {
    filled.then(|| text.to_owned())
}

pub(super) fn user_ref(filled: bool) -> UserRef {
    UserRef {
        id: user_id(1),
        username: "ada".to_owned(),
        name: "Ada Lovelace ✓".to_owned(),
        profile_image: text(filled, "/media/ada.png"),
    }
}

pub(super) fn profile(filled: bool) -> Profile {
    Profile { user: user_ref(filled), last_seen: filled.then(|| at(-1)) }
}

pub(super) fn user(filled: bool) -> User {
    User { profile: profile(filled), email: "ada@example.org".to_owned(), created_at: at(i64::MAX) }
}

pub(super) fn media(filled: bool) -> Vec<Media> {
    let file = |kind| Media {
        url: "/media/1.png".to_owned(),
        kind,
        filename: text(filled, "1.png"),
        size: filled.then_some(u64::MAX),
        mimetype: text(filled, "image/png"),
    };
    MEDIA_KINDS.map(file).to_vec()
}

pub(super) fn media_record(kind: MediaKind) -> MediaRecord {
    MediaRecord {
        url: "/media/2.pdf".to_owned(),
        owner: user_id(2),
        kind,
        mimetype: "application/pdf".to_owned(),
        filename: "2.pdf".to_owned(),
        size: 77,
        created_at: at(0),
    }
}

pub(super) fn activity(filled: bool) -> ActivityEntry {
    ActivityEntry {
        id: ActivityId::from_bytes([8; 12]),
        user: user_id(1),
        kind: "meeting".to_owned(),
        reference: "abc-123".to_owned(),
        details: text(filled, r#"{"minutes": 5}"#),
        client_id: text(filled, "mine"),
        created_at: at(3),
    }
}

pub(super) fn message(filled: bool, kind: MessageKind, status: MessageStatus) -> Message {
    let sender = Arc::new(user_ref(filled));
    Message {
        stored: StoredMessage {
            id: message_id(3),
            conversation: conversation_id(4),
            sender: sender.id,
            text: text(filled, "hello"),
            media: if filled { media(true) } else { Vec::new() },
            kind,
            reply_to: filled.then(|| message_id(5)),
            reactions: vec![Reaction { emoji: "👍".to_owned(), users: vec![user_id(1), user_id(2)] }],
            seq: 7,
            rev: u64::MAX,
            created_rev: 8,
            client_message_id: text(filled, "mine"),
            edited_at: filled.then(|| at(9)),
            deleted: !filled,
            created_at: at(10),
            updated_at: at(11),
        },
        reply_to: filled.then(|| Quote {
            id: message_id(5),
            text: text(filled, "before"),
            sender: Arc::clone(&sender),
        }),
        sender,
        status,
        read_by: if filled { vec![ReadBy { user: user_id(6), at: at(12) }] } else { Vec::new() },
    }
}

pub(super) fn messages(filled: bool) -> Vec<Message> {
    let statuses = [MessageStatus::Sent, MessageStatus::Delivered, MessageStatus::Read];
    MESSAGE_KINDS
        .into_iter()
        .zip(statuses.into_iter().cycle())
        .map(|(kind, status)| message(filled, kind, status))
        .collect()
}

pub(super) fn changes(filled: bool) -> Vec<Change> {
    [ChangeKind::Created, ChangeKind::Updated, ChangeKind::Deleted]
        .map(|kind| Change { kind, message: message(filled, MessageKind::Text, MessageStatus::Read) })
        .to_vec()
}

pub(super) fn head() -> Head {
    Head { rev: 12, seq: 9 }
}

pub(super) fn last_message(filled: bool) -> LastMessage {
    LastMessage {
        content: text(filled, "last"),
        sender: Arc::new(user_ref(filled)),
        at: at(13),
        kind: MessageKind::Text,
    }
}

pub(super) fn view(filled: bool) -> ConversationView {
    let roles = [Role::Admin, Role::Member];
    let participants = roles.map(|role| Participant { user: user_id(1), role, joined_at: at(14) }).to_vec();
    let members = roles.map(|role| Member { user: Arc::new(user_ref(filled)), role }).to_vec();
    ConversationView {
        conversation: Arc::new(Conversation {
            id: conversation_id(4),
            kind: if filled { ConversationKind::Group } else { ConversationKind::Direct },
            name: text(filled, "engines"),
            photo: text(filled, "/media/3.png"),
            participants,
            created_at: at(15),
            updated_at: at(16),
        }),
        members: Arc::new(members),
        head: head(),
        last_message: filled.then(|| last_message(filled)),
        unread: 3,
        updated_at: at(17),
    }
}

pub(super) fn page<T>(filled: bool, items: Vec<T>) -> Page<T> {
    Page { items, next: text(filled, "further") }
}

pub(super) fn page_request(filled: bool) -> PageRequest {
    PageRequest { cursor: text(filled, "further"), limit: 100 }
}

pub(super) fn bearer(own: bool) -> Bearer {
    Bearer {
        user: user_id(1),
        session: SessionId::from_bytes([18; 12]),
        own,
        issued_at: at(19),
        expires_at: at(20),
    }
}

pub(super) fn revocations() -> Vec<Revocation> {
    let session = RevocationScope::Session(SessionId::from_bytes([21; 12]));
    [session, RevocationScope::Everything, RevocationScope::UserGone]
        .map(|scope| Revocation { user: user_id(1), scope, at: at(22) })
        .to_vec()
}

pub(super) fn receipts(filled: bool) -> Vec<Receipt> {
    vec![Receipt {
        user: user_id(1),
        joined_seq: 7,
        delivered_seq: 9,
        read_seq: 8,
        read_at: filled.then(|| at(23)),
    }]
}

pub(super) fn read_receipt() -> ReadReceipt {
    ReadReceipt {
        conversation: conversation_id(4),
        messages: vec![message_id(3), message_id(5)],
        reader: user_id(2),
        at: at(24),
    }
}
