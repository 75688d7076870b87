//! Accounts as a gateway finds them: commands and events over the embedded bus, on the embedded
//! store.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use natter_adapter_embedded::{EmbeddedBus, SqliteStore};
use natter_auth::{IssuerSettings, TokenIssuer, TokenVerifier, VerifierSettings};
use natter_domain::command::{
    CheckSessions, GetConversation, GetMe, ListActivity, ListRevocations, LogIn, LogOut, OpenDirect,
    RecordActivity, RefreshSession, Register, SetBlock, UpdateMe,
};
use natter_domain::page::PageRequest;
use natter_domain::ports::{Clock, CommandBus, EventBus, Published, Service, Serving, Subscription};
use natter_domain::session::{Bearer, RevocationScope, SignedIn};
use natter_domain::user::ProfileChange;
use natter_domain::{ActivityEntry, ActivityId, DirectoryEvent, Event, Rejection, Timestamp, Topic, UserId};
use natter_message_service::{AccountSettings, MessageService, Settings};
use natter_runtime::commands::Commands;
use tempfile::TempDir;

const SECRET: &[u8] = b"a secret of the tests, and of nobody else";
const PASSWORD: &str = "correct horse";
/// Longer than anything here takes, on any machine.
const SOON: Duration = Duration::from_secs(20);

/// A time at which nothing expires while a test runs.
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }
}

/// A message service, and what talks to it.
struct Deployment {
    commands: Commands,
    events: Arc<EmbeddedBus>,
    _serving: Serving,
}

impl Deployment {
    /// On what the directory has.
    async fn start(directory: &TempDir) -> Self {
        let stores = SqliteStore::open(directory.path()).unwrap().stores();
        let bus = Arc::new(EmbeddedBus::new());
        let commands = Commands::new(bus.clone()).within(SOON);
        let issuer = TokenIssuer::new(IssuerSettings {
            hs256_secret: SECRET.to_vec(),
            access_token_ttl: Duration::from_secs(600),
            issuer: None,
            audience: None,
        });
        let settings = Settings { accounts: AccountSettings::default(), media_url_prefixes: Vec::new() };
        let service = MessageService::new(
            stores,
            // There is no presence service here to be waited for.
            commands.clone().within(Duration::ZERO),
            bus.clone(),
            Arc::new(Stopped),
            issuer.unwrap(),
            settings,
        );
        let serving = bus.serve(Service::Message, Arc::new(service)).await.unwrap();
        Self { commands, events: bus, _serving: serving }
    }

    async fn register(&self, username: &str) -> SignedIn {
        self.commands.call(registration(username)).await.unwrap()
    }

    async fn directory(&self) -> Subscription {
        self.events.subscribe(Topic::Directory).await.unwrap()
    }
}

fn registration(username: &str) -> Register {
    Register {
        id: UserId::generate(Stopped.now()),
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned(),
        name: None,
    }
}

/// What a gateway makes of an access token.
async fn bearer(signed_in: &SignedIn) -> Bearer {
    let settings = VerifierSettings { hs256_secret: Some(SECRET.to_vec()), ..VerifierSettings::default() };
    TokenVerifier::new(settings).unwrap().verify(&signed_in.access_token, Stopped.now()).await.unwrap()
}

async fn next(events: &mut Subscription) -> DirectoryEvent {
    match tokio::time::timeout(SOON, events.next()).await.expect("no event came") {
        Some(Published::Event(Event::Directory(event))) => event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_from_its_login_to_its_logout() {
    let directory = tempfile::tempdir().unwrap();
    let natter = Deployment::start(&directory).await;
    let ann = natter.register("ann").await;
    let log_in = LogIn { identifier: "Ann@example.org".to_owned(), password: PASSWORD.to_owned() };
    let device = natter.commands.call(log_in).await.unwrap();
    assert_eq!(device.user, ann.user);

    let refresh = RefreshSession { refresh_token: device.refresh_token };
    let refreshed = natter.commands.call(refresh).await.unwrap();
    let bearer = bearer(&refreshed).await;
    let check = CheckSessions { bearers: vec![bearer.clone()] };
    assert_eq!(natter.commands.call(check.clone()).await, Ok(vec![Ok(ann.user.profile.user)]));

    let mut events = natter.directory().await;
    natter.commands.call(LogOut { bearer: bearer.clone(), everywhere: true }).await.unwrap();
    let DirectoryEvent::SessionsRevoked(revocation) = next(&mut events).await else {
        panic!("not told of the logout")
    };
    assert_eq!((revocation.user, &revocation.scope), (bearer.user, &RevocationScope::Everything));
    assert_eq!(natter.commands.call(check).await, Ok(vec![Err(Rejection::SessionRevoked)]));
    let listed = natter.commands.call(ListRevocations { since: Stopped.now() }).await;
    assert_eq!(listed, Ok(vec![revocation]));
}

#[tokio::test]
async fn refusals_come_back_as_they_were_made() {
    let directory = tempfile::tempdir().unwrap();
    let natter = Deployment::start(&directory).await;
    natter.register("ann").await;
    assert_eq!(natter.commands.call(registration("ANN")).await, Err(Rejection::UsernameTaken));
    let faulty = Register { email: "ann".to_owned(), ..registration("bob") };
    match natter.commands.call(faulty).await {
        Err(Rejection::Invalid { field, .. }) => assert_eq!(field, "email"),
        other => panic!("{other:?}"),
    }
    let wrong = LogIn { identifier: "ann".to_owned(), password: "wrong horse".to_owned() };
    for _ in 0..10 {
        assert_eq!(natter.commands.call(wrong.clone()).await, Err(Rejection::InvalidCredentials));
    }
    let limited = Rejection::RateLimited { retry_after: Duration::from_secs(6) };
    assert_eq!(natter.commands.call(wrong).await, Err(limited));
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let (ann, gone) = {
        let natter = Deployment::start(&directory).await;
        let ann = natter.register("ann").await;
        let gone = natter.register("bob").await;
        natter.commands.call(LogOut { bearer: bearer(&gone).await, everywhere: false }).await.unwrap();
        (ann, gone)
    };
    let natter = Deployment::start(&directory).await;
    let user = ann.user.profile.user.id;
    assert_eq!(natter.commands.call(GetMe { user }).await, Ok(ann.user.clone()));
    let check = CheckSessions { bearers: vec![bearer(&gone).await] };
    assert_eq!(natter.commands.call(check).await, Ok(vec![Err(Rejection::SessionRevoked)]));
    let refresh = RefreshSession { refresh_token: gone.refresh_token };
    assert_eq!(natter.commands.call(refresh).await, Err(Rejection::InvalidRefreshToken));
    let refresh = RefreshSession { refresh_token: ann.refresh_token };
    assert!(natter.commands.call(refresh).await.is_ok());
}

#[tokio::test]
async fn a_change_shows_at_once_where_names_and_blocks_are_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let natter = Deployment::start(&directory).await;
    let ann = natter.register("ann").await.user.profile.user.id;
    let bob = natter.register("bob").await.user.profile.user.id;
    let opened = natter.commands.call(OpenDirect { user: ann, other: bob }).await.unwrap();
    let conversation = opened.conversation.conversation.id;

    let mut events = natter.directory().await;
    let change = ProfileChange { name: Some("Bob B".to_owned()), ..ProfileChange::default() };
    natter.commands.call(UpdateMe { user: bob, change }).await.unwrap();
    assert_eq!(next(&mut events).await, DirectoryEvent::UserChanged(bob));
    let shown = natter.commands.call(GetConversation { user: ann, conversation }).await.unwrap();
    let named = shown.members.iter().find(|member| member.user.id == bob).unwrap();
    assert_eq!(named.user.name, "Bob B");

    let eve = natter.register("eve").await.user.profile.user.id;
    for (block, expected) in [(true, Err(Rejection::BlockedYou)), (false, Ok(()))] {
        natter.commands.call(SetBlock { blocker: eve, blocked: ann, block }).await.unwrap();
        assert_eq!(next(&mut events).await, DirectoryEvent::BlockChanged(eve, ann));
        let opened = natter.commands.call(OpenDirect { user: ann, other: eve }).await;
        assert_eq!(opened.map(drop), expected);
    }
}

#[tokio::test]
async fn a_history_of_ones_own() {
    let directory = tempfile::tempdir().unwrap();
    let natter = Deployment::start(&directory).await;
    let (ann, ben) = (
        natter.register("ann").await.user.profile.user.id,
        natter.register("ben").await.user.profile.user.id,
    );
    let entry = |reference: &str| ActivityEntry {
        id: ActivityId::generate(Stopped.now()),
        user: ann,
        kind: "meeting".to_owned(),
        reference: reference.to_owned(),
        details: None,
        client_id: Some("mine".to_owned()),
        // Whatever the gateway's clock says.
        created_at: Timestamp::from_millis(5),
    };
    for faulty in [entry(""), ActivityEntry { kind: "x".repeat(65), ..entry("a") }] {
        let refused = natter.commands.call(RecordActivity { entry: faulty }).await;
        assert!(matches!(refused, Err(Rejection::Invalid { .. })), "{refused:?}");
    }
    let noted = entry("a");
    let kept = natter.commands.call(RecordActivity { entry: noted.clone() }).await.unwrap();
    assert_eq!(kept, ActivityEntry { created_at: Stopped.now(), ..noted });
    assert_eq!(natter.commands.call(RecordActivity { entry: entry("b") }).await.unwrap(), kept);
    let page = PageRequest { cursor: None, limit: 10 };
    for (user, expected) in [(ann, vec![kept]), (ben, vec![])] {
        let list = ListActivity { user, page: page.clone() };
        assert_eq!(natter.commands.call(list).await.unwrap().items, expected);
    }
    let strange = PageRequest { cursor: Some("x".to_owned()), limit: 10 };
    let refused = natter.commands.call(ListActivity { user: ann, page: strange }).await;
    assert!(matches!(refused, Err(Rejection::Invalid { .. })), "{refused:?}");
}
