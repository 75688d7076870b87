//! Reading, page by page, what somebody has missed of a timeline.

use std::collections::HashSet;

use natter_domain::command::ReadChanges;
use natter_domain::message::Change;
use natter_domain::{ConversationId, MessageId, Rejection};
use natter_runtime::commands::Commands;

/// The changes after a `rev`. Messages go on changing while they are read: one whose place moves
/// from a page that was read to a later one comes again, as changed; one that comes for the first
/// time, on whichever page, is new to whoever knows nothing after that `rev`.
pub(super) struct Missed<'a> {
    commands: &'a Commands,
    conversation: ConversationId,
    known: u64,
    /// Everything up to here was read; `None` once there is no more.
    after: Option<u64>,
    read: HashSet<MessageId>,
}

/// A page.
pub(super) struct Part {
    /// In order of `rev`.
    pub(super) changes: Vec<Change>,
    /// Everything up to here has been read.
    pub(super) rev: u64,
}

impl<'a> Missed<'a> {
    pub(super) fn after(known: u64, conversation: ConversationId, commands: &'a Commands) -> Self {
        Self { commands, conversation, known, after: Some(known), read: HashSet::new() }
    }

    /// The next page, of at most `limit` changes; `None` after the last.
    pub(super) async fn next(&mut self, limit: usize) -> Result<Option<Part>, Rejection> {
        let Some(after_rev) = self.after else { return Ok(None) };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let request = ReadChanges { conversation: self.conversation, after_rev, limit };
        let page = self.commands.call(request).await?;
        self.after = page.has_more.then_some(page.rev);
        let changes = page.changes.into_iter().map(|change| {
            let message = change.message;
            let known = if self.read.insert(message.stored.id) { self.known } else { after_rev };
            Change::catching_up(message, known)
        });
        Ok(Some(Part { changes: changes.collect(), rev: page.rev }))
    }
}
