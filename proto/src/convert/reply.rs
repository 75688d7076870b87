//! Replies, and answers: a reply or a rejection.

use natter_domain::activity::ActivityEntry;
use natter_domain::command::{
    Changes, Contacts, ConversationHead, Joined, Opened, Reply, Sent, SocketsReported, Synced,
    SyncedConversation,
};
use natter_domain::conversation::ConversationView;
use natter_domain::message::Message;
use natter_domain::page::Page;
use natter_domain::presence::UserPresence;
use natter_domain::rejection::Rejection;
use natter_domain::session::SignedIn;
use natter_domain::user::{Profile, UserRef};

use crate::error::DecodeError;
use crate::generated as proto;
use crate::generated::reply::Kind;
use crate::wire::{Wire, message, record};

record! {
    SignedIn { user, access_token, refresh_token, expires_in }
    Opened { conversation, created }
    Joined { kind, head, partner, muted }
    Sent { message, repeated }
    Changes { changes, rev, has_more }
    SyncedConversation { conversation, changes }
    Synced { conversations, removed }
    UserPresence { user, online, last_seen }
    SocketsReported { report_all }
    ConversationHead { conversation, head }
    Contacts { users, more }
}

macro_rules! page {
    ($($item:ty as $name:ident)*) => {
        message! {$(
            Page<$item> as proto::$name:
                |it| proto::$name { items: it.items.encode(), next: it.next.encode() },
                |proto| Ok(Self { items: Wire::decode(proto.items)?, next: proto.next });
        )*}
    };
}
page! {
    Profile as ProfilePage
    ConversationView as ConversationPage
    Message as MessagePage
    ActivityEntry as ActivityPage
}

message! {
    Reply as proto::Reply: |it| proto::Reply { kind: Some(encode(it)) }, |proto| {
        decode(proto.kind.ok_or(DecodeError::UnknownVariant { of: "Reply" })?)
    };
}

/// What a command, or one of the things that it asked for, came to.
macro_rules! outcome {
    ($($done:ty as $name:ident in $module:ident: $variant:ident;)*) => {
        message! {$(
            Result<$done, Rejection> as proto::$name:
                |it| {
                    use proto::$module::Kind;
                    let kind = match it {
                        Ok(done) => Kind::$variant(done.encode()),
                        Err(rejection) => Kind::Rejection(rejection.encode()),
                    };
                    proto::$name { kind: Some(kind) }
                },
                |proto| {
                    use proto::$module::Kind;
                    match proto.kind {
                        Some(Kind::$variant(done)) => <$done>::decode(done).map(Ok),
                        Some(Kind::Rejection(rejection)) => Rejection::decode(rejection).map(Err),
                        None => Err(DecodeError::UnknownVariant { of: stringify!($name) }),
                    }
                };
        )*}
    };
}
outcome! {
    Reply as Answer in answer: Reply;
    UserRef as CheckedSession in checked_session: User;
    Sent as SendOutcome in send_outcome: Sent;
}

fn encode(reply: &Reply) -> Kind {
    match reply {
        Reply::Done(()) => Kind::Done(proto::Nothing {}),
        Reply::SignedIn(it) => Kind::SignedIn(it.encode()),
        Reply::Checked(it) => Kind::Checked(proto::Checked { items: it.encode() }),
        Reply::User(it) => Kind::User(it.encode()),
        Reply::Profile(it) => Kind::Profile(it.encode()),
        Reply::Profiles(it) => Kind::Profiles(it.encode()),
        Reply::Contacts(it) => Kind::Contacts(it.encode()),
        Reply::Revocations(it) => Kind::Revocations(proto::Revocations { items: it.encode() }),
        Reply::Conversation(it) => Kind::Conversation(it.encode()),
        Reply::Opened(it) => Kind::Opened(it.encode()),
        Reply::Conversations(it) => Kind::Conversations(it.encode()),
        Reply::Joined(it) => Kind::Joined(it.encode()),
        Reply::Sent(it) => Kind::Sent(proto::SendOutcomes { items: it.encode() }),
        Reply::Message(it) => Kind::Message(it.encode()),
        Reply::Messages(it) => Kind::Messages(it.encode()),
        Reply::Changes(it) => Kind::Changes(it.encode()),
        Reply::Synced(it) => Kind::Synced(it.encode()),
        Reply::Receipts(it) => Kind::Receipts(proto::Receipts { items: it.encode() }),
        Reply::Presences(it) => Kind::Presences(proto::Presences { items: it.encode() }),
        Reply::Connected(it) => Kind::Connected(proto::Connected { users: it.encode() }),
        Reply::SocketsReported(it) => Kind::SocketsReported(it.encode()),
        Reply::Heads(it) => Kind::Heads(proto::Heads { items: it.encode() }),
        Reply::Activity(it) => Kind::Activity(it.encode()),
        Reply::Activities(it) => Kind::Activities(it.encode()),
    }
}

fn decode(kind: Kind) -> Result<Reply, DecodeError> {
    Ok(match kind {
        Kind::Done(proto::Nothing {}) => Reply::Done(()),
        Kind::SignedIn(it) => Reply::SignedIn(Wire::decode(it)?),
        Kind::Checked(it) => Reply::Checked(Wire::decode(it.items)?),
        Kind::User(it) => Reply::User(Wire::decode(it)?),
        Kind::Profile(it) => Reply::Profile(Wire::decode(it)?),
        Kind::Profiles(it) => Reply::Profiles(Wire::decode(it)?),
        Kind::Contacts(it) => Reply::Contacts(Wire::decode(it)?),
        Kind::Revocations(it) => Reply::Revocations(Wire::decode(it.items)?),
        Kind::Conversation(it) => Reply::Conversation(Wire::decode(it)?),
        Kind::Opened(it) => Reply::Opened(Wire::decode(it)?),
        Kind::Conversations(it) => Reply::Conversations(Wire::decode(it)?),
        Kind::Joined(it) => Reply::Joined(Wire::decode(it)?),
        Kind::Sent(it) => Reply::Sent(Wire::decode(it.items)?),
        Kind::Message(it) => Reply::Message(Wire::decode(it)?),
        Kind::Messages(it) => Reply::Messages(Wire::decode(it)?),
        Kind::Changes(it) => Reply::Changes(Wire::decode(it)?),
        Kind::Synced(it) => Reply::Synced(Wire::decode(it)?),
        Kind::Receipts(it) => Reply::Receipts(Wire::decode(it.items)?),
        Kind::Presences(it) => Reply::Presences(Wire::decode(it.items)?),
        Kind::Connected(it) => Reply::Connected(Wire::decode(it.users)?),
        Kind::SocketsReported(it) => Reply::SocketsReported(Wire::decode(it)?),
        Kind::Heads(it) => Reply::Heads(Wire::decode(it.items)?),
        Kind::Activity(it) => Reply::Activity(Wire::decode(it)?),
        Kind::Activities(it) => Reply::Activities(Wire::decode(it)?),
    })
}
