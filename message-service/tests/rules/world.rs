//! A store, message services on it, and who is connected.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use futures::StreamExt;
use natter_adapter_embedded::{EmbeddedBus, SqliteStore};
use natter_auth::{IssuerSettings, TokenIssuer};
use natter_domain::command::{CreateGroup, OpenDirect, Outgoing, SendMessages, Sent};
use natter_domain::message::{Change, Draft};
use natter_domain::ports::store::{NewUser, Stores};
use natter_domain::ports::{
    Clock, CommandBus, CommandHandler, EventBus, Published, Service, Serving, Subscription,
};
use natter_domain::{
    Command, ConversationEvent, ConversationId, Event, MessageId, Profile, Rejection, Reply, Timestamp,
    Topic, User, UserEvent, UserId, UserRef,
};
use natter_message_service::{AccountSettings, MessageService, Settings};
use natter_runtime::commands::Commands;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::BOUND;
use crate::store::FaultyTimeline;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// Presence as a test says it is.
#[derive(Default)]
pub(crate) struct Connected(Mutex<HashSet<UserId>>);

#[async_trait]
impl CommandHandler for Connected {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        let Command::WhoIsConnected(asked) = command else { panic!("{command:?}") };
        let connected = self.0.lock().unwrap();
        Ok(asked.users.into_iter().filter(|user| connected.contains(user)).collect::<HashSet<_>>().into())
    }
}

/// One store, one bus of events, and any number of message services.
pub(crate) struct World {
    pub(crate) timeline: Arc<FaultyTimeline>,
    pub(crate) events: Arc<EmbeddedBus>,
    stores: Stores,
    connected: Arc<Connected>,
    _directory: TempDir,
}

/// A message service, and commands to it alone.
pub(crate) struct Instance {
    pub(crate) commands: Commands,
    pub(crate) running: JoinHandle<()>,
    pub(crate) stop: CancellationToken,
    _serving: [Serving; 2],
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut stores = SqliteStore::open(directory.path()).unwrap().stores();
        let timeline = Arc::new(FaultyTimeline::over(stores.timeline.clone()));
        stores.timeline = timeline.clone();
        let (events, connected) = (Arc::new(EmbeddedBus::new()), Arc::default());
        Self { timeline, events, stores, connected, _directory: directory }
    }

    pub(crate) async fn instance(&self) -> Instance {
        let bus = Arc::new(EmbeddedBus::new());
        let commands = Commands::new(bus.clone()).within(BOUND);
        let issuer = TokenIssuer::new(IssuerSettings {
            hs256_secret: b"a secret of the tests, and of nobody else".to_vec(),
            access_token_ttl: Duration::from_secs(600),
            issuer: None,
            audience: None,
        });
        let settings = Settings { accounts: AccountSettings::default(), media_url_prefixes: Vec::new() };
        let service = Arc::new(MessageService::new(
            self.stores.clone(),
            commands.clone(),
            self.events.clone(),
            Arc::new(SystemClock),
            issuer.unwrap(),
            settings,
        ));
        let serving = [
            bus.serve(Service::Presence, self.connected.clone()).await.unwrap(),
            bus.serve(Service::Message, service.clone()).await.unwrap(),
        ];
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let running = tokio::spawn(async move { service.run(stopped).await });
        Instance { commands, running, stop, _serving: serving }
    }

    pub(crate) async fn user(&self, username: &str) -> UserId {
        let name = username.to_owned();
        self.create(username, name, None).await
    }

    pub(crate) async fn create(&self, username: &str, name: String, profile_image: Option<String>) -> UserId {
        let id = UserId::generate(now());
        let user = UserRef { id, username: username.to_owned(), name, profile_image };
        let profile = Profile { user, last_seen: None };
        let user = User { profile, email: String::new(), created_at: now() };
        self.stores.users.create(NewUser { user, password_hash: String::new() }).await.unwrap();
        id
    }

    pub(crate) async fn users(&self, count: usize) -> Vec<UserId> {
        let names: Vec<_> = (0..count).map(|n| format!("user{n}")).collect();
        futures::future::join_all(names.iter().map(|name| self.user(name))).await
    }

    /// These have a socket, and nobody else.
    pub(crate) fn connect(&self, users: &[UserId]) {
        *self.connected.0.lock().unwrap() = users.iter().copied().collect();
    }

    pub(crate) async fn room(&self, conversation: ConversationId) -> Heard {
        Heard(self.events.subscribe(Topic::Conversation(conversation)).await.unwrap())
    }

    pub(crate) async fn directory(&self) -> Heard {
        Heard(self.events.subscribe(Topic::Directory).await.unwrap())
    }

    pub(crate) async fn feed(&self, user: UserId) -> Heard {
        Heard(self.events.subscribe(Topic::User(user)).await.unwrap())
    }
}

impl Instance {
    pub(crate) async fn direct(&self, user: UserId, other: UserId) -> ConversationId {
        self.commands.call(OpenDirect { user, other }).await.unwrap().conversation.conversation.id
    }

    /// The first of the members is its admin.
    pub(crate) async fn group(&self, members: &[UserId]) -> ConversationId {
        let id = ConversationId::generate(now());
        let participants = members.to_vec();
        let group = CreateGroup { id, user: members[0], name: "group".to_owned(), participants };
        self.commands.call(group).await.unwrap();
        id
    }

    /// Sends a text, which has to succeed.
    pub(crate) async fn say(&self, conversation: ConversationId, sender: UserId, text: &str) -> Sent {
        self.send(send(conversation, sender, text)).await.unwrap()
    }

    /// Sends the one message that is in it.
    pub(crate) async fn send(&self, message: SendMessages) -> Result<Sent, Rejection> {
        store(&self.commands, message).await
    }
}

/// Has the one message that is in it stored.
pub(crate) async fn store(commands: &Commands, message: SendMessages) -> Result<Sent, Rejection> {
    commands.call(message).await?.pop().unwrap()
}

/// A text of a colon client.
pub(crate) fn send(conversation: ConversationId, sender: UserId, text: &str) -> SendMessages {
    let draft = Draft {
        text: Some(text.to_owned()),
        media: Vec::new(),
        kind: None,
        reply_to: None,
        client_message_id: None,
    };
    SendMessages {
        conversation,
        sender,
        messages: vec![Outgoing { id: MessageId::generate(now()), draft }],
        audio_allowed: false,
        group_only: false,
    }
}

/// The same under its sender's own name for it.
pub(crate) fn named(mut send: SendMessages, name: &str) -> SendMessages {
    send.messages[0].draft.client_message_id = Some(name.to_owned());
    send
}

/// What is published on a topic.
pub(crate) struct Heard(Subscription);

impl Heard {
    pub(crate) async fn next(&mut self) -> Event {
        match tokio::time::timeout(BOUND, self.0.next()).await.expect("no event came") {
            Some(Published::Event(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The next event of which `pick` makes something.
    pub(crate) async fn pick<T>(&mut self, pick: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.next().await) {
                return picked;
            }
        }
    }

    pub(crate) async fn change(&mut self) -> Change {
        let pick = |event| match event {
            Event::Conversation(ConversationEvent::Changed(change)) => Some(Change::clone(&change)),
            _ => None,
        };
        self.pick(pick).await
    }

    pub(crate) async fn personal<T>(&mut self, pick: impl Fn(UserEvent) -> Option<T>) -> T {
        let pick = |event| match event {
            Event::User(event) => pick(event),
            _ => None,
        };
        self.pick(pick).await
    }

    /// What has been published so far and was not taken.
    pub(crate) fn so_far(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(Some(published)) = futures::FutureExt::now_or_never(self.0.next()) {
            if let Published::Event(event) = published {
                events.push(event);
            }
        }
        events
    }
}
