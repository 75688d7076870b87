//! What clients ask for, in no dialect's words.

use natter_domain::command::SyncCursor;
use natter_domain::message::Draft;
use natter_domain::{ConversationId, MessageId, UserId};

use super::payload::Asked;

/// What a client asks for. Ids that are malformed have become the id that nothing has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Join {
        conversation: ConversationId,
        after_rev: Option<u64>,
    },
    Leave {
        conversation: ConversationId,
    },
    /// Join a group, and tell the others there.
    Visit {
        group: ConversationId,
        after_rev: Option<u64>,
    },
    /// Leave a group's room, and tell the others there.
    EndVisit {
        group: ConversationId,
    },
    Send {
        conversation: ConversationId,
        draft: Draft,
        group_only: bool,
    },
    /// Send to somebody, in the one conversation with them, made if need be.
    SendDirect {
        recipient: UserId,
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
