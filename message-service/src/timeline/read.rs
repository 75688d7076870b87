//! Reading timelines: joining, filling gaps, history.

use natter_domain::command::{
    Changes, ConversationHead, GetMessage, JoinConversation, Joined, ListMessages, ReadChanges, ReadHeads,
    Window,
};
use natter_domain::message::Change;
use natter_domain::{ConversationId, Message, Page, Rejection};

use super::Timelines;
use crate::error::ServiceError;
use crate::pages::{MAX_REPLY_BYTES, count_fitting, message_weight};

impl Timelines {
    /// Whether the caller may join, and where the timeline ends: by what is so now, since who has
    /// joined hears everything until somebody looks again.
    pub(crate) async fn join(&self, command: JoinConversation) -> Result<Joined, ServiceError> {
        let directory = &self.context.directory;
        let (conversation, head) = tokio::try_join!(
            directory.conversation_afresh(command.conversation),
            self.context.stores.timeline.head(command.conversation),
        )?;
        let conversation = conversation.ok_or(Rejection::ConversationNotFound)?;
        if !conversation.has(command.user) {
            return Err(Rejection::NotParticipant.into());
        }
        let partner = conversation.partner(command.user);
        let muted = match partner {
            Some(partner) => directory.blocks_afresh(command.user, partner).await?.any(),
            None => false,
        };
        Ok(Joined { kind: conversation.kind, head, partner, muted })
    }

    /// A part of a timeline.
    pub(crate) async fn changes(&self, command: ReadChanges) -> Result<Changes, ServiceError> {
        let ReadChanges { conversation, after_rev, limit } = command;
        self.changes_after(conversation, after_rev, limit, &mut { MAX_REPLY_BYTES }).await
    }

    /// Where timelines end.
    pub(crate) async fn heads(&self, command: ReadHeads) -> Result<Vec<ConversationHead>, ServiceError> {
        let heads = self.context.stores.timeline.heads(&command.conversations).await?;
        let named = command.conversations.into_iter().zip(heads);
        Ok(named.map(|(conversation, head)| ConversationHead { conversation, head }).collect())
    }

    /// Changes after a `rev`, as far as `budget`, which is lowered by their bytes, reaches.
    pub(super) async fn changes_after(
        &self,
        conversation: ConversationId,
        after_rev: u64,
        limit: u32,
        budget: &mut usize,
    ) -> Result<Changes, ServiceError> {
        let (stored, head) = self.context.stores.timeline.changes(conversation, after_rev, limit).await?;
        let mut messages = self.context.show_messages(stored).await?;
        cut(&mut messages, budget);
        let rev = messages.last().map_or(after_rev, |last| last.stored.rev);
        let changes = messages.into_iter().map(|message| Change::catching_up(message, after_rev)).collect();
        Ok(Changes { changes, rev, has_more: rev < head.rev })
    }

    /// One message.
    pub(crate) async fn get(&self, command: GetMessage) -> Result<Message, ServiceError> {
        let (message, _) = self.context.visible_message(command.message, command.user).await?;
        Ok(self.context.show_message(message).await?)
    }

    /// A part of the history.
    pub(crate) async fn list(&self, command: ListMessages) -> Result<Page<Message>, ServiceError> {
        let conversation = self.context.participated(command.conversation, command.user).await?.id;
        let (stored, mut more) =
            self.context.stores.timeline.window(conversation, command.window, command.limit).await?;
        let mut items = self.context.show_messages(stored).await?;
        more |= cut(&mut items, &mut { MAX_REPLY_BYTES });
        let next = items.last().filter(|_| more).and_then(|last| {
            let seq = last.stored.seq;
            let next = match command.window {
                Window::Latest | Window::Before(_) => Window::Before(seq),
                Window::After(_) | Window::Around(_) => Window::After(seq),
            };
            next.to_cursor()
        });
        Ok(Page { items, next })
    }
}

/// Cuts a page where it grows too large, but never a whole budget's first message; whether it did.
fn cut(messages: &mut Vec<Message>, budget: &mut usize) -> bool {
    let before = messages.len();
    messages.truncate(count_fitting(messages.iter().map(message_weight), budget));
    messages.len() < before
}
