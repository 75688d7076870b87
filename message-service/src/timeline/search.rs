//! Finding messages by their text.

use natter_domain::command::SearchMessages;
use natter_domain::page::PageRequest;
use natter_domain::ports::store::MessageQuery;
use natter_domain::{Message, Page, Rejection};

use super::Timelines;
use crate::error::ServiceError;
use crate::pages::{fitting, message_weight};

/// Longest query, in code points.
const MAX_QUERY: usize = 200;

impl Timelines {
    /// Searches the caller's conversations, or one of them.
    pub(crate) async fn search(&self, command: SearchMessages) -> Result<Page<Message>, ServiceError> {
        if command.query.trim().is_empty() {
            return Err(Rejection::invalid("q", "is required").into());
        }
        if command.query.chars().nth(MAX_QUERY).is_some() {
            return Err(Rejection::invalid("q", format!("must be at most {MAX_QUERY} characters")).into());
        }
        let conversations = match command.conversation {
            Some(id) => vec![self.context.participated(id, command.user).await?.id],
            None => self.context.stores.conversations.ids_of(command.user).await?,
        };
        let query = MessageQuery { text: command.query, conversations };
        let query = &query;
        let find = |page: PageRequest| async move {
            let found = self.context.stores.timeline.search(query, &page).await?;
            Ok(Page { items: self.context.show_messages(found.items).await?, next: found.next })
        };
        fitting(command.page, message_weight, find).await
    }
}
