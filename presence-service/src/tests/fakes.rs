//! Presence, the message service, the event bus and the clock, as far as the tests need them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use natter_domain::command::{Command, Contacts, Reply};
use natter_domain::event::{Event, Topic, UserEvent};
use natter_domain::ports::{
    Address, BusError, Clock, CommandBus, CommandError, CommandHandler, EventBus, Presence, PresenceError,
    Reported, Service, Serving, Subscription,
};
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::user::{Profile, User, UserRef};
use natter_domain::{GatewayId, Page, Rejection, Timestamp, UserId};
use natter_runtime::commands::Commands;
use tokio::sync::Semaphore;

use crate::{PresenceService, Settings};

pub(super) fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 12])
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn user_ref(n: u8) -> UserRef {
    UserRef { id: user(n), username: format!("user{n}"), ..UserRef::default() }
}

/// Everything outside of the service, in one place.
pub(super) struct World {
    pub(super) state: Mutex<State>,
    /// The message service answers as often as it is let.
    pub(super) answers: Semaphore,
}

#[derive(Default)]
pub(super) struct State {
    /// Who is online by now.
    pub(super) online: HashSet<UserId>,
    /// What the next report answers.
    pub(super) reported: Reported,
    /// What the next sweeps give, until it is acknowledged.
    pub(super) untold: Vec<Transition>,
    pub(super) presence_down: bool,
    /// What is published does not get out.
    pub(super) bus_stuck: bool,
    pub(super) contacts: HashMap<UserId, Vec<u8>>,
    /// Users that the viewer may not see.
    pub(super) hidden: HashSet<UserId>,
    /// Users that the message service does not know.
    pub(super) unknown: HashSet<UserId>,
    /// The message service does not answer about these in time.
    pub(super) unanswered: HashSet<UserId>,
    pub(super) last_seen: HashMap<UserId, Timestamp>,
    /// Who is told what, in order.
    pub(super) told: Vec<(UserId, Told)>,
    /// Comes online as soon as anybody is told that they are not.
    pub(super) returns: Option<UserId>,
    pub(super) withdrawn: Vec<GatewayId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Online(UserRef),
    Offline(UserRef, Timestamp),
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), answers: Semaphore::new(Semaphore::MAX_PERMITS) })
    }

    pub(super) fn service(self: &Arc<Self>, settings: Settings) -> PresenceService {
        let commands = Commands::new(Arc::clone(self) as _);
        PresenceService::new(
            Arc::clone(self) as _,
            commands,
            Arc::clone(self) as _,
            Arc::clone(self) as _,
            settings,
        )
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(super) fn told(&self) -> Vec<(UserId, Told)> {
        self.change(|state| state.told.clone())
    }

    /// Waits until so many have been told.
    pub(super) async fn told_soon(&self, count: usize) -> Vec<(UserId, Told)> {
        let wait = async {
            while self.told().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("contacts are told");
        self.told()
    }

    fn presence(&self) -> Result<std::sync::MutexGuard<'_, State>, PresenceError> {
        let state = self.state.lock().unwrap();
        if state.presence_down { Err(PresenceError(None)) } else { Ok(state) }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        at(1_000)
    }
}

#[async_trait]
impl Presence for World {
    async fn report(
        &self,
        _: GatewayId,
        _: &[SocketCount],
        lease: Duration,
        now: Timestamp,
    ) -> Result<Reported, PresenceError> {
        assert_eq!((lease, now), (Duration::from_secs(15), at(1_000)));
        let mut state = self.presence()?;
        let reported = std::mem::take(&mut state.reported);
        state.online.extend(&reported.came_online);
        let came = reported.came_online.iter().map(|user| Transition { user: *user, online: true, at: now });
        state.untold.extend(came);
        Ok(reported)
    }

    async fn withdraw(&self, gateway: GatewayId, _: Timestamp) -> Result<(), PresenceError> {
        self.presence()?.withdrawn.push(gateway);
        Ok(())
    }

    async fn sweep(&self, _: Timestamp, _: Duration, limit: usize) -> Result<Vec<Transition>, PresenceError> {
        Ok(self.presence()?.untold.iter().take(limit).copied().collect())
    }

    async fn acknowledge(&self, told: &[Transition]) -> Result<(), PresenceError> {
        self.presence()?.untold.retain(|transition| !told.contains(transition));
        Ok(())
    }

    async fn connected(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        self.online(users).await
    }

    async fn online(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        let state = self.presence()?;
        Ok(users.iter().copied().filter(|user| state.online.contains(user)).collect())
    }
}

#[async_trait]
impl CommandBus for World {
    async fn request(&self, address: Address, command: Command, _: Duration) -> Result<Reply, CommandError> {
        assert_eq!(address.service, Service::Message);
        self.answers.acquire().await.unwrap().forget();
        let mut state = self.state.lock().unwrap();
        let about = match &command {
            Command::GetMe(it) => it.user,
            Command::ListContacts(it) => it.user,
            Command::RecordLastSeen(it) => it.user,
            Command::ListVisible(it) => it.viewer,
            other => panic!("not asked for: {}", other.name()),
        };
        if state.unanswered.contains(&about) {
            return Err(CommandError::TimedOut);
        }
        let [n, ..] = *about.bytes();
        match command {
            Command::GetMe(_) if state.unknown.contains(&about) => {
                Err(CommandError::Rejected(Rejection::UserNotFound))
            }
            Command::GetMe(_) => {
                let profile = Profile { user: user_ref(n), last_seen: None };
                Ok(Reply::User(User { profile, ..User::default() }))
            }
            Command::RecordLastSeen(it) => {
                state.last_seen.insert(about, it.at);
                Ok(Reply::Done(()))
            }
            Command::ListVisible(it) => {
                // In the order of ids, as a store may answer, and each once.
                let users: std::collections::BTreeSet<_> = it.users.into_iter().collect();
                let items = users
                    .into_iter()
                    .filter(|user| !state.hidden.contains(user) && !state.unknown.contains(user));
                let items = items.map(|user| {
                    let [n, ..] = *user.bytes();
                    Profile { user: user_ref(n), last_seen: state.last_seen.get(&user).copied() }
                });
                Ok(Reply::Profiles(Page { items: items.collect(), next: None }))
            }
            _ => {
                // One after the other, in the order of ids.
                let Command::ListContacts(it) = command else { unreachable!("named above") };
                let contacts = state.contacts.get(&about).cloned().unwrap_or_default();
                let mut users: Vec<_> = contacts.into_iter().map(user).collect();
                users.sort();
                users.retain(|contact| it.after.is_none_or(|after| *contact > after));
                let more = users.len() > 1;
                users.truncate(1);
                Ok(Reply::Contacts(Contacts { users, more }))
            }
        }
    }

    async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        panic!("the service does not register itself")
    }
}

#[async_trait]
impl EventBus for World {
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError> {
        let Topic::User(contact) = topic else { panic!("another topic: {topic:?}") };
        let mut state = self.state.lock().unwrap();
        let told = match event {
            Event::User(UserEvent::ContactOnline(user)) => Told::Online((*user).clone()),
            Event::User(UserEvent::ContactOffline { user, last_seen }) => {
                let returns = state.returns.take();
                state.online.extend(returns);
                Told::Offline((*user).clone(), last_seen)
            }
            other => panic!("another event: {other:?}"),
        };
        state.told.push((contact, told));
        Ok(())
    }

    async fn flush(&self) -> Result<(), BusError> {
        let stuck = self.state.lock().unwrap().bus_stuck;
        if stuck { Err(BusError { what: "flushing", source: None }) } else { Ok(()) }
    }

    async fn subscribe(&self, _: Topic) -> Result<Subscription, BusError> {
        panic!("the service subscribes to nothing")
    }

    fn connected(&self) -> bool {
        true
    }
}
