//! Telling contacts who are online that somebody came or went.
//!
//! Notices of several replicas, and of one that was slow, may come in any order. So each looks at
//! presence right before it is told, and one of leaving also right after: what was told last is so.

use std::sync::Arc;

use futures::future::join_all;
use metrics::counter;
use natter_domain::command::{GetMe, ListContacts, RecordLastSeen};
use natter_domain::event::{Event, Topic, UserEvent};
use natter_domain::ports::{EventBus, Presence};
use natter_domain::presence::Transition;
use natter_domain::{Rejection, Timestamp, UserId, UserRef};
use natter_runtime::commands::Commands;
use tokio::sync::Semaphore;

use crate::error::ServiceError;
use crate::settings::Settings;

/// Tells contacts.
pub(crate) struct Notices {
    presence: Arc<dyn Presence>,
    commands: Commands,
    events: Arc<dyn EventBus>,
    /// How many notices there may be at once, over all who tell.
    room: Semaphore,
    at_once: usize,
}

/// Whom a notice is about, and who is to hear it.
struct Notice {
    about: Arc<UserRef>,
    /// Contacts who are online.
    to: Vec<UserId>,
    /// Whether the user themself is online.
    is_online: bool,
}

impl Notices {
    pub(crate) fn new(
        presence: Arc<dyn Presence>,
        commands: Commands,
        events: Arc<dyn EventBus>,
        settings: &Settings,
    ) -> Self {
        let at_once = settings.notices_at_once.max(1);
        let room = Semaphore::new(at_once);
        Self { presence, commands, events, room, at_once }
    }

    /// Tells these, and that it has been done, some at a time: whom it takes longer to come to than
    /// there is time to tell, others may tell too. How many were told, or why not all of them: what
    /// fails is given again by a sweep, and after one failure no other notice is begun.
    pub(crate) async fn tell(&self, transitions: &[Transition]) -> Result<usize, ServiceError> {
        for some in transitions.chunks(self.at_once) {
            self.tell_some(some).await?;
        }
        Ok(transitions.len())
    }

    async fn tell_some(&self, transitions: &[Transition]) -> Result<(), ServiceError> {
        let outcomes = join_all(transitions.iter().map(|transition| self.tell_one(transition))).await;
        let (mut told, mut failure) = (Vec::new(), None);
        for (transition, outcome) in transitions.iter().zip(outcomes) {
            match outcome {
                Err(error) if error.is_transient() => failure = Some(error),
                Err(error) => {
                    // Another time would end the same.
                    tracing::error!(%error, "contacts don't hear who came or went");
                    told.push(*transition);
                }
                Ok(()) => told.push(*transition),
            }
        }
        // What is acknowledged is never told again: it must not end with this process.
        self.events.flush().await?;
        self.presence.acknowledge(&told).await?;
        let online = told.iter().filter(|transition| transition.online).count();
        count("online", online);
        count("offline", told.len() - online);
        failure.map_or(Ok(()), Err)
    }

    async fn tell_one(&self, transition: &Transition) -> Result<(), ServiceError> {
        let _place = self.room.acquire().await;
        let Transition { user, online, at } = *transition;
        if online { self.tell_online(user).await } else { self.tell_offline(user, at).await }
    }

    /// Tells that a user is online, if they still are.
    async fn tell_online(&self, user: UserId) -> Result<(), ServiceError> {
        match self.prepare(user).await? {
            Some(notice) if notice.is_online => self.publish_online(&notice).await,
            _ => Ok(()),
        }
    }

    /// Notes when a user was last online and tells that they are gone, unless they are back.
    async fn tell_offline(&self, user: UserId, last_seen: Timestamp) -> Result<(), ServiceError> {
        match self.commands.call(RecordLastSeen { user, at: last_seen }).await {
            Ok(()) | Err(Rejection::UserNotFound) => {}
            Err(rejection) => return Err(rejection.into()),
        }
        let notice = match self.prepare(user).await? {
            Some(notice) if !notice.is_online => notice,
            _ => return Ok(()),
        };
        let event = UserEvent::ContactOffline { user: Arc::clone(&notice.about), last_seen };
        self.publish(&notice, event).await?;
        if self.presence.online(&[user]).await?.contains(&user) {
            self.publish_online(&notice).await?;
        }
        Ok(())
    }

    /// `None` where there is nobody to tell, or the user is no more.
    async fn prepare(&self, user: UserId) -> Result<Option<Notice>, ServiceError> {
        let mut people = self.contacts(user).await?;
        if people.is_empty() {
            return Ok(None);
        }
        let me = match self.commands.call(GetMe { user }).await {
            Ok(me) => me,
            Err(Rejection::UserNotFound) => return Ok(None),
            Err(rejection) => return Err(rejection.into()),
        };
        people.push(user);
        let mut online = self.presence.online(&people).await?;
        let is_online = online.remove(&user);
        people.retain(|contact| online.contains(contact));
        Ok(Some(Notice { about: Arc::new(me.profile.user), to: people, is_online }))
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<UserId>, Rejection> {
        let mut contacts = Vec::new();
        loop {
            let after = contacts.last().copied();
            let page = self.commands.call(ListContacts { user, after }).await?;
            contacts.extend(page.users);
            if !page.more {
                return Ok(contacts);
            }
        }
    }

    async fn publish_online(&self, notice: &Notice) -> Result<(), ServiceError> {
        self.publish(notice, UserEvent::ContactOnline(Arc::clone(&notice.about))).await
    }

    async fn publish(&self, notice: &Notice, event: UserEvent) -> Result<(), ServiceError> {
        for contact in &notice.to {
            self.events.publish(Topic::User(*contact), Event::User(event.clone())).await?;
        }
        Ok(())
    }
}

fn count(to: &'static str, told: usize) {
    counter!("natter_presence_transitions_total", "to" => to).increment(told as u64);
}
