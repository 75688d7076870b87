//! Hearing of what makes an authenticator's knowledge wrong.

use futures::StreamExt as _;
use natter_domain::ports::{EventBus, Published};
use natter_domain::{DirectoryEvent, Event, Topic};
use natter_runtime::events;
use tokio_util::sync::CancellationToken;

use crate::Authenticator;

impl Authenticator {
    /// Drops what is no longer so.
    pub async fn apply(&self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::SessionsRevoked(revocation) => self.revoke(revocation).await,
            DirectoryEvent::UserChanged(user) => self.forget_user(*user).await,
            DirectoryEvent::ConversationChanged(_)
            | DirectoryEvent::MemberLeft(..)
            | DirectoryEvent::BlockChanged(..) => {}
        }
    }

    /// Does so with everything that is told, until `stop`: for a process in which nobody else
    /// listens.
    pub async fn follow(&self, bus: &dyn EventBus, stop: CancellationToken) {
        let Some(mut events) = events::subscribe(bus, Topic::Directory, &stop).await else { return };
        while let Some(Some(published)) = stop.run_until_cancelled(events.next()).await {
            match published {
                Published::Event(Event::Directory(event)) => self.apply(&event).await,
                Published::Event(_) => {}
                Published::Gap => self.forget(),
            }
        }
    }
}
