//! The services, gateways on them, and people.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use natter_adapter_embedded::{EmbeddedBus, EmbeddedPresence, SqliteStore};
use natter_auth::{Authenticator, IssuerSettings, TokenIssuer, TokenVerifier, VerifierSettings};
use natter_domain::command::{CreateGroup, OpenDirect, Outgoing, Register, SendMessages};
use natter_domain::message::Draft;
use natter_domain::ports::{Clock, CommandBus, CommandHandler, Service, Serving};
use natter_domain::session::Bearer;
use natter_domain::{ConversationId, Message, MessageId, Timestamp, UserId};
use natter_gateway::{Gateway, Ports, listen, serve};
use natter_message_service::{AccountSettings, MessageService};
use natter_presence_service::PresenceService;
use natter_runtime::commands::Commands;
use natter_runtime::config::{GatewayConfig, LimitsConfig};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::bus::TamperedBus;
use crate::client::Client;

const SECRET: &[u8] = b"a secret of the tests, and of nobody else";

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
}

/// The message and the presence service on one bus.
pub(crate) struct World {
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) commands: Commands,
    presence: Option<(Serving, DropGuard)>,
    _messages: Serving,
    _stop: DropGuard,
    stop: CancellationToken,
    _directory: TempDir,
}

/// A gateway; it stops with the world.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) bus: Arc<TamperedBus>,
}

pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stores = SqliteStore::open(directory.path()).unwrap().stores();
        let bus = Arc::new(EmbeddedBus::new());
        let commands = Commands::new(bus.clone());
        let issuer = TokenIssuer::new(IssuerSettings {
            hs256_secret: SECRET.to_vec(),
            access_token_ttl: Duration::from_secs(600),
            issuer: None,
            audience: None,
        });
        let settings = natter_message_service::Settings {
            accounts: AccountSettings::default(),
            media_url_prefixes: Vec::new(),
        };
        let messages = Arc::new(MessageService::new(
            stores,
            commands.clone(),
            bus.clone(),
            Arc::new(SystemClock),
            issuer.unwrap(),
            settings,
        ));
        let stop = CancellationToken::new();
        let serving = serve_on(&bus, Service::Message, messages.clone()).await;
        let running = stop.clone();
        tokio::spawn(async move { messages.run(running).await });
        let mut world = Self {
            bus,
            commands,
            presence: None,
            _messages: serving,
            _stop: stop.clone().drop_guard(),
            stop,
            _directory: directory,
        };
        world.start_presence().await;
        world
    }

    /// Starts presence, or starts it again with nobody online.
    pub(crate) async fn start_presence(&mut self) {
        self.presence = None;
        let service = Arc::new(PresenceService::new(
            Arc::new(EmbeddedPresence::new()),
            self.commands.clone(),
            self.bus.clone(),
            Arc::new(SystemClock),
            natter_presence_service::Settings::default(),
        ));
        let stop = self.stop.child_token();
        let serving = serve_on(&self.bus, Service::Presence, service.clone()).await;
        self.presence = Some((serving, stop.clone().drop_guard()));
        tokio::spawn(async move { service.run(stop).await });
    }

    pub(crate) async fn gateway(&self) -> Node {
        self.gateway_with(|_| {}).await
    }

    pub(crate) async fn gateway_with(&self, change: impl FnOnce(&mut GatewayConfig)) -> Node {
        let bus = Arc::new(TamperedBus::over(self.bus.clone()));
        let commands = Commands::new(bus.clone());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let authenticator = Arc::new(Authenticator::new(verifier(), commands.clone(), clock.clone()));
        let mut config =
            GatewayConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..GatewayConfig::default() };
        change(&mut config);
        let none = natter_runtime::config::Limit::NONE;
        let limits =
            LimitsConfig { messages_per_minute: none, events_per_second: none, ..LimitsConfig::default() };
        let ports = Ports { commands, events: bus.clone(), clock, authenticator };
        let gateway = Arc::new(Gateway::new(ports, &config, &limits));
        let router = gateway.router(&config, Vec::new(), None).unwrap();
        let listener = listen(&config).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = self.stop.clone();
        tokio::spawn(async move { serve(listener, router, &config, stop).await });
        let stop = self.stop.clone();
        tokio::spawn(async move { gateway.run(stop).await });
        Node { address, bus }
    }

    pub(crate) async fn person(&self, username: &str) -> Person {
        let register = Register {
            id: UserId::generate(Timestamp::default()),
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            password: "correct horse".to_owned(),
            name: None,
        };
        let signed_in = self.commands.call(register).await.unwrap();
        Person { id: signed_in.user.profile.user.id, token: signed_in.access_token }
    }

    pub(crate) async fn direct(&self, one: &Person, other: &Person) -> ConversationId {
        let opened = self.commands.call(OpenDirect { user: one.id, other: other.id }).await.unwrap();
        opened.conversation.conversation.id
    }

    /// The first of the people is its admin.
    pub(crate) async fn group(&self, people: &[&Person]) -> ConversationId {
        let id = ConversationId::generate(SystemClock.now());
        let participants = people.iter().map(|person| person.id).collect();
        let group = CreateGroup { id, user: people[0].id, name: "group".to_owned(), participants };
        self.commands.call(group).await.unwrap();
        id
    }

    /// Sends a message as over HTTP.
    pub(crate) async fn send(&self, from: &Person, conversation: ConversationId, text: &str) -> Message {
        self.send_as(from, conversation, text, None).await
    }

    /// As `send`, under a name of the sender's: sent again it is the same message.
    pub(crate) async fn send_as(
        &self,
        from: &Person,
        conversation: ConversationId,
        text: &str,
        name: Option<&str>,
    ) -> Message {
        let draft = Draft {
            text: Some(text.to_owned()),
            media: Vec::new(),
            kind: None,
            reply_to: None,
            client_message_id: name.map(str::to_owned),
        };
        let send = SendMessages {
            conversation,
            sender: from.id,
            messages: vec![Outgoing { id: MessageId::generate(SystemClock.now()), draft }],
            audio_allowed: false,
            group_only: false,
        };
        self.commands.call(send).await.unwrap().pop().unwrap().unwrap().message
    }
}

impl Node {
    pub(crate) async fn client(&self, person: &Person) -> Client {
        Client::connect(self.address, &person.token).await
    }

    /// A client in the snake dialect, which needs no join for direct conversations.
    pub(crate) async fn snake(&self, person: &Person) -> Client {
        Client::connect_snake(self.address, &person.token).await
    }

    /// A client that has joined.
    pub(crate) async fn joined(&self, person: &Person, conversation: ConversationId) -> Client {
        let mut client = self.client(person).await;
        client.done("join:conversation", json!({"conversationId": conversation.to_string()})).await;
        client
    }
}

impl Person {
    pub(crate) async fn bearer(&self) -> Bearer {
        verifier().verify(&self.token, SystemClock.now()).await.unwrap()
    }
}

fn verifier() -> Arc<TokenVerifier> {
    let settings = VerifierSettings { hs256_secret: Some(SECRET.to_vec()), ..VerifierSettings::default() };
    Arc::new(TokenVerifier::new(settings).unwrap())
}

async fn serve_on(bus: &EmbeddedBus, service: Service, handler: Arc<dyn CommandHandler>) -> Serving {
    bus.serve(service, handler).await.unwrap()
}
