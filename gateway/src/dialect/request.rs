//! What clients ask for, in no dialect's words.

use natter_domain::command::SyncCursor;
use natter_domain::message::Draft;
use natter_domain::{ConversationId, MessageId, UserId};

use super::payload::Asked;

/// What a client asks for. Ids that are malformed have become the id that nothing has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Join(Entry),
    Leave {
        conversation: ConversationId,
    },
    /// Leave a group's room, and tell the others there.
    EndVisit {
        group: ConversationId,
    },
    Send {
        to: Destination,
        draft: Draft,
    },
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    MarkRead {
        conversation: ConversationId,
        messages: Vec<MessageId>,
    },
    /// Mark one message, wherever it is.
    MarkMessageRead {
        message: MessageId,
    },
    Edit {
        message: MessageId,
        text: String,
    },
    Delete {
        message: MessageId,
    },
    React {
        message: MessageId,
        emoji: String,
        remove: bool,
    },
    GetPresence {
        users: Asked<UserId>,
    },
    Sync {
        cursors: Asked<SyncCursor>,
        limit: u32,
    },
    RefreshSession {
        token: String,
    },
}

/// What is to be joined, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) conversation: ConversationId,
    /// The client knows everything up to here, and wants to be told the rest.
    pub(crate) after_rev: Option<u64>,
    /// Only if it is a group, and the others there are told.
    pub(crate) visits: bool,
}

/// Where a message is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Conversation(ConversationId),
    /// Only if it is a group.
    Group(ConversationId),
    /// The one conversation with them, made if need be.
    Person(UserId),
}

/// Which sort of request, for what depends on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Join,
    Leave,
    Send,
    SendDirect,
    Typing,
    MarkRead,
    Edit,
    Delete,
    React,
    GetPresence,
    Sync,
    RefreshSession,
}
