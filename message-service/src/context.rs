//! What every part of the service works with.

use std::sync::Arc;

use natter_domain::ports::store::Stores;
use natter_domain::ports::{Clock, EventBus};
use natter_domain::{
    ConversationEvent, ConversationId, ConversationKind, Event, Timestamp, Topic, UserEvent,
};
use natter_runtime::commands::Commands;

use crate::announcements::Announcements;
use crate::directory::Directory;

/// The ports, and what is remembered of them.
pub(crate) struct Context {
    pub(crate) stores: Stores,
    pub(crate) events: Arc<dyn EventBus>,
    pub(crate) announcements: Arc<Announcements>,
    /// To the presence service.
    pub(crate) commands: Commands,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: Directory,
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Publishes what is durable already: that the event may be lost is provided for (gaps are
    /// filled by `rev`, caches expire), so a failure is no failure of the command.
    pub(crate) async fn publish(&self, topic: Topic, event: Event) {
        if let Err(error) = self.events.publish(topic, event).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "event not published");
        }
    }

    /// Publishes something in a conversation, in the order of the calls: to its room, and of a
    /// direct conversation also to its two users, since in some dialects those need no join.
    ///
    /// That costs two events more a change, which go no further than the broker where nobody speaks
    /// such a dialect. The other way, having such sockets follow the rooms of all their direct
    /// conversations, would cost each connect as many subscriptions as its user ever had conversations.
    pub(crate) async fn tell_conversation(&self, id: ConversationId, event: ConversationEvent) {
        match self.directory.conversation(id).await {
            Ok(Some(known)) if known.kind == ConversationKind::Direct => {
                for participant in &known.participants {
                    let event = UserEvent::Direct { conversation: id, event: Box::new(event.clone()) };
                    self.publish(Topic::Directs(participant.user), Event::User(event)).await;
                }
            }
            Ok(_) => {}
            // The end of the timeline is said once more later, by which gateways notice.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the two of a direct conversation not told"
                );
            }
        }
        self.publish(Topic::Conversation(id), Event::Conversation(event)).await;
    }
}
