//! Samples of replies and rejections.

use std::time::Duration;

use natter_domain::command::*;
use natter_domain::presence::UserPresence;
use natter_domain::session::SignedIn;
use natter_domain::{ConversationKind, Rejection};

use super::FILLED;
use super::model::*;

/// Every reply, with every optional field set and unset.
pub(super) fn samples() -> Vec<Reply> {
    FILLED.into_iter().flat_map(replies).collect()
}

fn replies(filled: bool) -> Vec<Reply> {
    let changes = Changes { changes: changes(filled), rev: 12, has_more: filled };
    let kind = if filled { ConversationKind::Group } else { ConversationKind::Direct };
    let conversation = conversation_id(4);
    let presence = UserPresence { user: user_id(1), online: filled, last_seen: filled.then(|| at(1)) };
    let mut replies = vec![
        Reply::Done(()),
        Reply::SignedIn(SignedIn {
            user: user(filled),
            access_token: "access".to_owned(),
            refresh_token: "refresh".to_owned(),
            expires_in: Duration::from_secs(600),
        }),
        Reply::Checked(vec![Ok(user_ref(filled)), Err(Rejection::SessionRevoked)]),
        Reply::User(user(filled)),
        Reply::Profile(profile(filled)),
        Reply::Profiles(page(filled, vec![profile(filled)])),
        Reply::Contacts(Contacts { users: vec![user_id(2), user_id(3)], more: filled }),
        Reply::Revocations(revocations()),
        Reply::Conversation(view(filled)),
        Reply::Opened(Opened { conversation: view(filled), created: filled }),
        Reply::Conversations(page(filled, vec![view(filled), view(!filled)])),
        Reply::Joined(Joined { kind, head: head(), partner: filled.then(|| user_id(2)), muted: filled }),
        Reply::Messages(page(filled, messages(filled))),
        Reply::Changes(changes.clone()),
        Reply::Synced(Synced {
            conversations: vec![SyncedConversation { conversation, changes }],
            removed: vec![conversation_id(5)],
        }),
        Reply::Receipts(receipts(filled)),
        Reply::Presences(vec![presence]),
        Reply::Connected([user_id(1), user_id(2)].into()),
        Reply::SocketsReported(SocketsReported { report_all: filled }),
        Reply::Heads(vec![ConversationHead { conversation, head: head() }]),
        Reply::Activity(activity(filled)),
        Reply::Activities(page(filled, vec![activity(filled), activity(!filled)])),
    ];
    for message in messages(filled) {
        let sent = Sent { message: message.clone(), repeated: filled };
        replies.push(Reply::Sent(vec![Ok(sent), Err(Rejection::EmptyMessage)]));
        replies.push(Reply::Message(message));
    }
    if !filled {
        replies.extend([
            Reply::Contacts(Contacts::default()),
            Reply::Connected([].into()),
            Reply::Messages(page(false, Vec::new())),
            Reply::Synced(Synced { conversations: Vec::new(), removed: Vec::new() }),
        ]);
    }
    replies
}

/// Every rejection.
pub(super) fn rejections() -> Vec<Rejection> {
    vec![
        Rejection::invalid("media", "too many"),
        Rejection::ConversationNotFound,
        Rejection::NotParticipant,
        Rejection::NotAdmin,
        Rejection::NotSender,
        Rejection::NotAGroup,
        Rejection::BlockedByYou,
        Rejection::BlockedYou,
        Rejection::AudioNotAllowed,
        Rejection::EmptyMessage,
        Rejection::TypeMismatch,
        Rejection::TooLong,
        Rejection::ReplyNotFound,
        Rejection::MessageNotFound,
        Rejection::NotEditable,
        Rejection::MessageDeleted,
        Rejection::UserNotFound,
        Rejection::WithYourself,
        Rejection::BlockYourself,
        Rejection::GroupSize,
        Rejection::UsernameTaken,
        Rejection::EmailTaken,
        Rejection::InvalidCredentials,
        Rejection::InvalidRefreshToken,
        Rejection::Unauthenticated,
        Rejection::SessionRevoked,
        Rejection::RateLimited { retry_after: Duration::from_millis(1_500) },
        Rejection::TooLarge,
        Rejection::UnsupportedMedia,
        Rejection::Resync,
        Rejection::Unavailable,
        Rejection::Internal,
    ]
}
