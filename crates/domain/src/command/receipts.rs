//! Commands about what has been delivered and read.

use crate::id::{ConversationId, MessageId, UserId};
use crate::ports::{Address, Service};

/// See [`super::Command::MarkRead`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRead {
    /// Who has read.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
    /// What; empty for everything that is there. Ids of one's own messages and of ones that are
    /// not there are passed over.
    pub messages: Vec<MessageId>,
}

/// See [`super::Command::MarkMessageRead`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkMessageRead {
    /// Who has read.
    pub user: UserId,
    /// What, wherever it is.
    pub message: MessageId,
}

/// Most ids in one [`MarkRead`].
pub const MAX_READ_IDS: usize = 1_000;

/// See [`super::Command::DeliverPending`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverPending {
    /// Who is online, at most [`MAX_PENDING`].
    pub users: Vec<UserId>,
}

/// Most users in one [`DeliverPending`].
pub const MAX_PENDING: usize = 100;

/// See [`super::Command::ListReceipts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListReceipts {
    /// Who asks.
    pub user: UserId,
    /// Where.
    pub conversation: ConversationId,
}

impl MarkRead {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Message, self.conversation.bytes())
    }
}

impl MarkMessageRead {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Message, self.message.bytes())
    }
}

impl DeliverPending {
    pub(super) fn worker(&self) -> Address {
        let first = self.users.first().copied().unwrap_or_default();
        Address::of(Service::Message, first.bytes())
    }
}

impl ListReceipts {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Message, self.conversation.bytes())
    }
}
