//! The commands over the embedded store, with a clock that is turned by hand.

mod blocks;
mod log_in;
mod log_out;
mod outage;
mod profiles;
mod provisioning;
mod refresh;
mod register;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use natter_adapter_embedded::SqliteStore;
use natter_auth::{IssuerSettings, TokenIssuer, TokenVerifier, VerifierSettings};
use natter_domain::command::{CheckSessions, LogIn, RefreshSession, Register};
use natter_domain::page::PageRequest;
use natter_domain::ports::store::NewUser;
use natter_domain::ports::{BusError, Clock, EventBus, Subscription};
use natter_domain::session::{Bearer, SignedIn};
use natter_domain::{
    DirectoryEvent, Event, Page, Profile, Rejection, SessionId, Timestamp, Topic, User, UserId, UserRef,
};
use tempfile::TempDir;

use super::{AccountSettings, Accounts};
use crate::announcements::Announcements;
use crate::error::ServiceError;

const SECRET: &[u8] = b"a secret of the tests, and of nobody else";
const PASSWORD: &str = "correct horse";

/// A time that only tests move.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Notes what is published.
#[derive(Default)]
struct Notes {
    events: Mutex<Vec<DirectoryEvent>>,
    down: AtomicBool,
}

#[async_trait]
impl EventBus for Notes {
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError> {
        assert_eq!(topic, Topic::Directory);
        match event {
            _ if self.down.load(Ordering::SeqCst) => Err(BusError { what: "publish", source: None }),
            Event::Directory(event) => {
                self.events.lock().unwrap().push(event);
                Ok(())
            }
            other => panic!("{other:?} is none of the directory's"),
        }
    }

    async fn subscribe(&self, _: Topic) -> Result<Subscription, BusError> {
        Err(BusError { what: "subscribe", source: None })
    }

    fn connected(&self) -> bool {
        !self.down.load(Ordering::SeqCst)
    }
}

struct World {
    accounts: Arc<Accounts>,
    clock: Arc<HandClock>,
    bus: Arc<Notes>,
    issuer: TokenIssuer,
    verifier: TokenVerifier,
    _directory: TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(AccountSettings::default())
    }

    fn with(settings: AccountSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stores = SqliteStore::open(directory.path()).unwrap().stores();
        let clock = Arc::new(HandClock(AtomicI64::new(1_700_000_000_000)));
        let bus = Arc::new(Notes::default());
        let issuer = TokenIssuer::new(IssuerSettings {
            hs256_secret: SECRET.to_vec(),
            access_token_ttl: Duration::from_secs(600),
            issuer: None,
            audience: None,
        })
        .unwrap();
        let verifier =
            VerifierSettings { hs256_secret: Some(SECRET.to_vec()), ..VerifierSettings::default() };
        let verifier = TokenVerifier::new(verifier).unwrap();
        let accounts = Accounts::new(
            stores,
            Arc::new(Announcements::new(bus.clone())),
            clock.clone(),
            issuer.clone(),
            settings,
        );
        Self { accounts: Arc::new(accounts), clock, bus, issuer, verifier, _directory: directory }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn pass(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// What was published since this was last asked.
    fn published(&self) -> Vec<DirectoryEvent> {
        std::mem::take(&mut *self.bus.events.lock().unwrap())
    }

    async fn register(&self, username: &str) -> SignedIn {
        self.accounts.register(registration(username)).await.unwrap()
    }

    /// A user that another login service has: made without hashing, which takes its time.
    async fn external(&self, username: &str) -> UserId {
        let id = UserId::generate(self.now());
        let user = UserRef {
            id,
            username: username.to_owned(),
            name: format!("The {username}"),
            profile_image: None,
        };
        let user =
            User { profile: Profile { user, last_seen: None }, email: String::new(), created_at: self.now() };
        self.accounts.stores.users.create(NewUser { user, password_hash: String::new() }).await.unwrap();
        id
    }

    async fn log_in(&self, identifier: &str, password: &str) -> Result<SignedIn, Rejection> {
        let (identifier, password) = (identifier.to_owned(), password.to_owned());
        self.accounts.log_in(LogIn { identifier, password }).await.map_err(rejection)
    }

    async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Rejection> {
        let command = RefreshSession { refresh_token: refresh_token.to_owned() };
        self.accounts.refresh_session(command).await.map_err(rejection)
    }

    async fn bearer(&self, access_token: &str) -> Bearer {
        self.verifier.verify(access_token, self.now()).await.unwrap()
    }

    /// Whether the token would still be let in.
    async fn check(&self, access_token: &str) -> Result<UserRef, Rejection> {
        let bearer = self.bearer(access_token).await;
        let checked = self.accounts.check_sessions(CheckSessions { bearers: vec![bearer] }).await;
        checked.map_err(rejection)?.pop().unwrap()
    }
}

fn registration(username: &str) -> Register {
    Register {
        id: UserId::generate(Timestamp::default()),
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned(),
        name: None,
    }
}

/// What the caller is told.
fn rejection(error: ServiceError) -> Rejection {
    match error {
        ServiceError::Rejected(rejection) => rejection,
        other => panic!("{other:?}"),
    }
}

fn first_page() -> PageRequest {
    PageRequest { cursor: None, limit: 50 }
}

fn names(page: &Page<Profile>) -> Vec<&str> {
    page.items.iter().map(|profile| &*profile.user.username).collect()
}
