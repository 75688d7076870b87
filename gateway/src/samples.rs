//! A user, a conversation, a message, and a reply to each command.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use natter_domain::command::{Changes, Opened, Sent, Synced, SyncedConversation};
use natter_domain::conversation::{LastMessage, Member};
use natter_domain::message::{Change, ChangeKind, Head, Quote, Reaction};
use natter_domain::presence::UserPresence;
use natter_domain::receipt::Receipt;
use natter_domain::session::SignedIn;
use natter_domain::{
    ActivityEntry, ActivityId, Command, Conversation, ConversationId, ConversationKind, ConversationView,
    Media, MediaKind, Message, MessageId, MessageKind, MessageStatus, Page, Participant, Profile, Rejection,
    Reply, Role, StoredMessage, Timestamp, User, UserId, UserRef,
};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_769_851_800_005);
pub(crate) const NOW_TEXT: &str = "2026-01-31T09:30:00.005Z";
pub(crate) const ME: UserId = UserId::from_bytes([1; 12]);
pub(crate) const ME_TEXT: &str = "010101010101010101010101";
pub(crate) const OTHER: UserId = UserId::from_bytes([2; 12]);
pub(crate) const OTHER_TEXT: &str = "020202020202020202020202";
pub(crate) const CONVERSATION: ConversationId = ConversationId::from_bytes([3; 12]);
pub(crate) const CONVERSATION_TEXT: &str = "030303030303030303030303";
pub(crate) const MESSAGE: MessageId = MessageId::from_bytes([4; 12]);
pub(crate) const MESSAGE_TEXT: &str = "040404040404040404040404";
pub(crate) const ACTIVITY_TEXT: &str = "050505050505050505050505";

pub(crate) fn person(id: UserId, name: &str) -> UserRef {
    UserRef { id, username: name.to_lowercase(), name: name.to_owned(), profile_image: None }
}

pub(crate) fn profile() -> Profile {
    Profile { user: person(OTHER, "Ben"), last_seen: Some(NOW) }
}

pub(crate) fn user() -> User {
    User {
        profile: Profile { user: person(ME, "Ann"), last_seen: None },
        email: "ann@example.org".to_owned(),
        created_at: NOW,
    }
}

pub(crate) fn signed_in() -> SignedIn {
    SignedIn {
        user: user(),
        access_token: "access".to_owned(),
        refresh_token: "refresh".to_owned(),
        expires_in: Duration::from_secs(600),
    }
}

/// A message with something in each field.
pub(crate) fn message() -> Message {
    let file = Media {
        url: "/media/a.png".to_owned(),
        kind: MediaKind::Image,
        filename: Some("a.png".to_owned()),
        size: Some(7),
        mimetype: None,
    };
    let stored = StoredMessage {
        id: MESSAGE,
        conversation: CONVERSATION,
        sender: ME,
        text: Some("hello".to_owned()),
        media: vec![file],
        kind: MessageKind::Media(MediaKind::Image),
        reply_to: Some(MESSAGE),
        reactions: vec![Reaction { emoji: "👍".to_owned(), users: vec![OTHER] }],
        seq: 1,
        rev: 2,
        created_rev: 1,
        client_message_id: Some("mine".to_owned()),
        edited_at: Some(NOW),
        deleted: false,
        created_at: NOW,
        updated_at: NOW,
    };
    let sender = Arc::new(person(ME, "Ann"));
    let reply_to = Some(Quote { id: MESSAGE, text: None, sender: sender.clone() });
    Message { stored, sender, status: MessageStatus::Sent, read_by: Vec::new(), reply_to }
}

/// A conversation with something in each field.
pub(crate) fn conversation() -> ConversationView {
    let participant = |user, role| Participant { user, role, joined_at: NOW };
    let conversation = Conversation {
        id: CONVERSATION,
        kind: ConversationKind::Group,
        name: Some("Friends".to_owned()),
        photo: None,
        participants: vec![participant(ME, Role::Admin), participant(OTHER, Role::Member)],
        created_at: NOW,
        updated_at: NOW,
    };
    let (ann, ben) = (Arc::new(person(ME, "Ann")), Arc::new(person(OTHER, "Ben")));
    let last = LastMessage { content: None, sender: ann.clone(), at: NOW, kind: MessageKind::Text };
    ConversationView {
        conversation: Arc::new(conversation),
        members: Arc::new(vec![
            Member { user: ann, role: Role::Admin },
            Member { user: ben, role: Role::Member },
        ]),
        head: Head { rev: 2, seq: 1 },
        last_message: Some(last),
        unread: 1,
        updated_at: NOW,
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt { user: OTHER, joined_seq: 0, delivered_seq: 2, read_seq: 1, read_at: Some(NOW) }
}

/// With something in each field.
pub(crate) fn activity() -> ActivityEntry {
    ActivityEntry {
        id: ActivityId::from_bytes([5; 12]),
        user: ME,
        kind: "meeting".to_owned(),
        reference: "abc-123".to_owned(),
        details: Some(r#"{"minutes":5}"#.to_owned()),
        client_id: Some("mine".to_owned()),
        created_at: NOW,
    }
}

fn page<T>(item: T) -> Page<T> {
    Page { items: vec![item], next: Some("b1".to_owned()) }
}

/// A sample of what a command is answered with.
pub(crate) fn reply(command: &Command) -> Result<Reply, Rejection> {
    Ok(match command {
        Command::Register(_) | Command::LogIn(_) | Command::RefreshSession(_) => signed_in().into(),
        Command::CheckSessions(check) => {
            let checked = check.bearers.iter().map(|bearer| Ok(person(bearer.user, "Ann")));
            checked.collect::<Vec<_>>().into()
        }
        Command::GetMe(_) | Command::UpdateMe(_) | Command::PutUser(_) => user().into(),
        Command::GetProfile(_) => profile().into(),
        Command::SearchProfiles(_) | Command::ListBlocked(_) | Command::ListVisible(_) => {
            page(profile()).into()
        }
        Command::OpenDirect(_) => Opened { conversation: conversation(), created: true }.into(),
        Command::CreateGroup(_)
        | Command::GetConversation(_)
        | Command::RenameConversation(_)
        | Command::SetConversationPhoto(_)
        | Command::AddParticipants(_)
        | Command::SetParticipantRole(_) => conversation().into(),
        Command::ListConversations(_) => page(conversation()).into(),
        Command::SendMessages(send) => {
            let sent = |_| Ok(Sent { message: message(), repeated: false });
            send.messages.iter().map(sent).collect::<Vec<_>>().into()
        }
        Command::EditMessage(_)
        | Command::DeleteMessage(_)
        | Command::ReactToMessage(_)
        | Command::GetMessage(_) => message().into(),
        Command::ListMessages(_) | Command::SearchMessages(_) => page(message()).into(),
        Command::Sync(_) => {
            let change = Change { kind: ChangeKind::Created, message: message() };
            let changes = Changes { changes: vec![change], rev: 2, has_more: false };
            let conversations = vec![SyncedConversation { conversation: CONVERSATION, changes }];
            Synced { conversations, removed: vec![ConversationId::NONE] }.into()
        }
        Command::ListReceipts(_) => vec![receipt()].into(),
        Command::GetPresence(get) => {
            let online = |user: &UserId| UserPresence { user: *user, online: true, last_seen: Some(NOW) };
            get.users.iter().map(online).collect::<Vec<_>>().into()
        }
        Command::RecordActivity(_) => activity().into(),
        Command::ListActivity(_) => page(activity()).into(),
        Command::WhoIsConnected(_) => HashSet::<UserId>::new().into(),
        _ => ().into(),
    })
}
