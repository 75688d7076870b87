//! Commands about a user's own history.

use super::account::about;
use crate::activity::ActivityEntry;
use crate::id::UserId;
use crate::page::PageRequest;
use crate::ports::Address;

/// See [`super::Command::RecordActivity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordActivity {
    /// What is to be kept; its time is the worker's.
    pub entry: ActivityEntry,
}

/// See [`super::Command::ListActivity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListActivity {
    /// Who asks.
    pub user: UserId,
    /// Which page.
    pub page: PageRequest,
}

impl RecordActivity {
    pub(super) fn worker(&self) -> Address {
        about(self.entry.user.bytes())
    }
}

impl ListActivity {
    pub(super) fn worker(&self) -> Address {
        about(self.user.bytes())
    }
}
