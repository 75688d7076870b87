//! Moving conversations in their participants' lists; many at once.

use std::sync::Arc;

use natter_domain::conversation::MAX_MEMBERS_FOR_ACTIVITY;
use natter_domain::event::ConversationActivity;
use natter_domain::ports::store::{ListedToAll, StoreError};
use natter_domain::{Event, Topic, UserEvent};

use super::gather::Gathered;
use crate::context::Context;

/// Tells the participants where their conversations are now. What fails here is seen when the list
/// is fetched, or with the next message.
pub(super) async fn tell(context: Arc<Context>, conversations: Gathered<()>) {
    if let Err(error) = try_tell(&context, conversations).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "lists not told");
    }
}

async fn try_tell(context: &Context, conversations: Gathered<()>) -> Result<(), StoreError> {
    let mut ids = Vec::with_capacity(conversations.len());
    for id in conversations.into_keys() {
        let known = context.directory.conversation(id).await?;
        if known.is_some_and(|known| known.participants.len() <= MAX_MEMBERS_FOR_ACTIVITY) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    for listed in context.stores.conversations.listed_to_all(&ids).await? {
        tell_one(context, listed).await?;
    }
    Ok(())
}

async fn tell_one(context: &Context, listed: ListedToAll) -> Result<(), StoreError> {
    let ListedToAll { conversation, head, last_message, unread } = listed;
    let Some(message) = last_message else { return Ok(()) };
    let last_message = context.show_last_message(message).await?;
    for (user, unread) in unread {
        let activity = ConversationActivity {
            conversation: conversation.id,
            kind: conversation.kind,
            updated_at: last_message.at,
            last_message: last_message.clone(),
            head,
            unread,
        };
        context.publish(Topic::User(user), Event::User(UserEvent::ConversationActivity(activity))).await;
    }
    Ok(())
}
