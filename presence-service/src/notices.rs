//! Telling contacts who are online that somebody came or went.
//!
//! Notices of several replicas, and of one that was slow, may come in any order. So each looks at
//! presence right before it is told, and one of leaving also right after: what was told last is so.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use natter_domain::command::{GetMe, ListContacts, RecordLastSeen};
use natter_domain::event::{Event, Topic, UserEvent};
use natter_domain::ports::{EventBus, Presence};
use natter_domain::presence::WentOffline;
use natter_domain::{Rejection, UserId, UserRef};
use natter_runtime::Backoff;
use natter_runtime::commands::Commands;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::ServiceError;
use crate::settings::Settings;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Tells contacts.
pub(crate) struct Notices {
    presence: Arc<dyn Presence>,
    commands: Commands,
    events: Arc<dyn EventBus>,
    room: Semaphore,
    at_once: usize,
    deadline: Duration,
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
        Self { presence, commands, events, room, at_once, deadline: settings.notice_deadline }
    }

    /// How many notices there may be at once, over all who tell.
    pub(crate) fn at_once(&self) -> usize {
        self.at_once
    }

    /// Tells that a user is online, and tries again while that may help.
    pub(crate) async fn tell_online_in_time(&self, user: UserId, stop: &CancellationToken) {
        let mut backoff = Backoff::until(Instant::now() + self.deadline, FIRST_PAUSE, LONGEST_PAUSE);
        while let Err(error) = self.tell_online(user).await {
            let pause = if error.is_transient() { backoff.next_pause() } else { None };
            let waited = match pause {
                Some(pause) => stop.run_until_cancelled(tokio::time::sleep(pause)).await,
                None => None,
            };
            if waited.is_none() {
                tracing::warn!(%error, "contacts don't hear who came online");
                count("failed");
                return;
            }
        }
        count("told");
    }

    /// Tells that a user is online, if they still are.
    async fn tell_online(&self, user: UserId) -> Result<(), ServiceError> {
        let _place = self.room.acquire().await;
        match self.prepare(user).await? {
            Some(notice) if notice.is_online => self.publish_online(&notice).await,
            _ => Ok(()),
        }
    }

    /// Notes when a user was last online and tells that they are gone, unless they are back.
    pub(crate) async fn tell_offline(&self, went: &WentOffline) -> Result<(), ServiceError> {
        let _place = self.room.acquire().await;
        let WentOffline { user, last_seen } = *went;
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

    /// `None` where the user is no more.
    async fn prepare(&self, user: UserId) -> Result<Option<Notice>, ServiceError> {
        let (me, contacts) =
            tokio::join!(self.commands.call(GetMe { user }), self.commands.call(ListContacts { user }));
        let me = match me {
            Ok(me) => me,
            Err(Rejection::UserNotFound) => return Ok(None),
            Err(rejection) => return Err(rejection.into()),
        };
        let mut people: Vec<_> = contacts?.into_iter().map(|contact| contact.id).collect();
        people.push(user);
        let mut online = self.presence.online(&people).await?;
        let is_online = online.remove(&user);
        people.retain(|contact| online.contains(contact));
        Ok(Some(Notice { about: Arc::new(me.profile.user), to: people, is_online }))
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

fn count(outcome: &'static str) {
    counter!("natter_presence_notices_total", "outcome" => outcome).increment(1);
}
