//! Conversations and their participants.

mod change;
mod create;
mod participants;
mod read;

use std::collections::HashMap;
use std::sync::Arc;

use natter_domain::command::WhoIsConnected;
use natter_domain::message::Head;
use natter_domain::ports::store::{Listed, ListedToAll, StoreError};
use natter_domain::{
    Conversation, ConversationEvent, ConversationId, ConversationView, DirectoryEvent, Event, Rejection,
    Topic, UserEvent, UserId,
};

use crate::context::Context;
use crate::error::ServiceError;

/// So many are told without a look at who is connected. What nobody hears costs hardly anything, and who
/// has come this moment, and is not reported yet, is told, too.
const FEW: usize = 16;
/// Longest name of a group, in code points.
const MAX_NAME: usize = 100;

/// The rules of conversations.
pub(crate) struct Conversations {
    context: Arc<Context>,
}

/// What its participants are told of a conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Created,
    Updated,
}

impl Conversations {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The conversation as one participant sees it.
    async fn view(&self, id: ConversationId, user: UserId) -> Result<ConversationView, ServiceError> {
        let listed = self.context.stores.conversations.listed(id, user).await?;
        let listed = listed.ok_or(Rejection::ConversationNotFound)?;
        Ok(self.context.show_conversation(listed).await?)
    }

    /// Makes this and every other process look at the conversation again.
    async fn changed(&self, id: ConversationId) {
        let event = DirectoryEvent::ConversationChanged(id);
        self.context.directory.apply(&event).await;
        self.context.announcements.tell(event).await;
    }

    /// Makes the gateways of those who take part no longer look whether they are still in the room: it
    /// was told once, and what it did not hear it would never learn.
    async fn left(&self, id: ConversationId, users: impl IntoIterator<Item = UserId>) {
        for user in users {
            self.context.announcements.tell_twice(DirectoryEvent::MemberLeft(id, user)).await;
        }
    }

    async fn tell_room(&self, id: ConversationId, event: ConversationEvent) {
        self.context.publish(Topic::Conversation(id), Event::Conversation(event)).await;
    }

    async fn tell_removed(&self, id: ConversationId, users: impl IntoIterator<Item = UserId>) {
        for user in users {
            let event = Event::User(UserEvent::ConversationRemoved(id));
            self.context.publish(Topic::User(user), event).await;
        }
    }

    /// Tells everybody in it of a conversation that was made just now. There is nothing to be read of it:
    /// nothing has been said there.
    async fn tell_made(&self, conversation: Conversation) -> Result<ConversationView, ServiceError> {
        self.changed(conversation.id).await;
        let users = everybody(&conversation);
        let listed = Listed { conversation, head: Head::default(), last_message: None, unread: 0 };
        let view = self.context.show_conversation(listed).await?;
        self.send(News::Created, &view, &HashMap::new(), &users).await;
        Ok(view)
    }

    /// Tells the users. Failing to is no failure of what has been done.
    async fn tell(&self, news: News, conversation: &Conversation, users: &[UserId]) {
        if let Err(error) = self.try_tell(news, conversation, users).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "participants not told");
        }
    }

    async fn try_tell(
        &self,
        news: News,
        conversation: &Conversation,
        users: &[UserId],
    ) -> Result<(), StoreError> {
        let listed = self.context.stores.conversations.listed_to_all(&[conversation.id]).await?.pop();
        let Some(ListedToAll { conversation, head, last_message, unread }) = listed else { return Ok(()) };
        let listed = Listed { conversation, head, last_message, unread: 0 };
        let view = self.context.show_conversation(listed).await?;
        self.send(news, &view, &unread.into_iter().collect(), users).await;
        Ok(())
    }

    /// Sends it to the users, of many those who are connected, each with their own count.
    async fn send(
        &self,
        news: News,
        view: &ConversationView,
        unread: &HashMap<UserId, u64>,
        users: &[UserId],
    ) {
        // A view of a large group is large, so only who can hear it is sent one; where presence is
        // unknown, everybody is.
        let connected = if users.len() > FEW {
            self.context.commands.call(WhoIsConnected { users: users.to_vec() }).await.ok()
        } else {
            None
        };
        for user in users {
            if connected.as_ref().is_some_and(|connected| !connected.contains(user)) {
                continue;
            }
            let unread = unread.get(user).copied().unwrap_or_default();
            let view = Box::new(ConversationView { unread, ..view.clone() });
            let event = match news {
                News::Created => UserEvent::ConversationCreated(view),
                News::Updated => UserEvent::ConversationUpdated(view),
            };
            self.context.publish(Topic::User(*user), Event::User(event)).await;
        }
    }
}

fn everybody(conversation: &Conversation) -> Vec<UserId> {
    conversation.participants.iter().map(|participant| participant.user).collect()
}

fn check_name(name: &str) -> Result<String, Rejection> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Rejection::invalid("name", "must not be empty"));
    }
    if name.chars().nth(MAX_NAME).is_some() {
        return Err(Rejection::invalid("name", format!("must be at most {MAX_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Rejection::invalid("name", "must have no control characters"));
    }
    Ok(name.to_owned())
}
