//! Everything in one process: the four services on embedded adapters.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use axum::Router;
use natter_adapter_embedded::{EmbeddedBus, EmbeddedPresence, SqliteStore};
use natter_adapter_objects::ObjectMediaStore;
use natter_auth::Authenticator;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{Clock, CommandBus, EventBus, MediaStore, Service};
use natter_domain::{Rejection, UserRef};
use natter_gateway::{Alongside, DemoUsers, Gateway};
use natter_media_service::{Authenticate, MediaService};
use natter_message_service::{AccountSettings, MessageService};
use natter_presence_service::PresenceService;
use natter_runtime::commands::Commands;
use natter_runtime::config::{Config, Secret, Sources, Storage};
use natter_runtime::health::{Readiness, health_routes, metrics_routes, serve};
use natter_runtime::metrics::Metrics;
use natter_runtime::secret_file;
use natter_runtime::shutdown::{Drain, stop_on_signals};
use natter_runtime::telemetry::Telemetry;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SystemClock;
use crate::demo::Demo;
use crate::tokens;

/// How long each part of the end may take, beyond what it was configured to take.
const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

/// Runs until told to stop, and drains.
pub(crate) fn run(sources: &Sources) -> anyhow::Result<()> {
    let loaded = sources.load()?;
    let telemetry = Telemetry::start(&loaded.config, "natter")?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(serve_all(loaded.config, sources.flags.demo));
    runtime.shutdown_timeout(DRAIN_DEADLINE);
    telemetry.finish();
    ran
}

/// The embedded adapters.
struct Adapters {
    stores: Stores,
    media: Arc<dyn MediaStore>,
    bus: Arc<EmbeddedBus>,
    secret: Secret,
}

impl Adapters {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let directory = &config.standalone.data_dir;
        fs::create_dir_all(directory)
            .with_context(|| format!("data directory {} can't be made", directory.display()))?;
        let secret = match &config.auth.jwt_secret {
            Some(secret) => secret.clone(),
            None => secret_file::load_or_create(directory).context("no secret for tokens")?,
        };
        let media = match &config.media.storage {
            Some(storage) => ObjectMediaStore::open(&url_of(storage))?,
            None => ObjectMediaStore::directory(&directory.canonicalize()?.join("media"))?,
        };
        Ok(Self {
            stores: SqliteStore::open(directory)?.stores(),
            media: Arc::new(media),
            bus: Arc::new(EmbeddedBus::new()),
            secret,
        })
    }
}

fn url_of(storage: &Storage) -> String {
    match storage {
        Storage::File(path) => format!("file://{}", path.display()),
        Storage::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
    }
}

async fn serve_all(config: Config, demo: bool) -> anyhow::Result<()> {
    let stop = stop_on_signals()?;
    let metrics = Metrics::install()?;
    let readiness = Readiness::new();
    let ready = readiness.component("services");
    let Adapters { stores, media, bus, secret } = {
        let config = config.clone();
        tokio::task::spawn_blocking(move || Adapters::open(&config)).await??
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let events: Arc<dyn EventBus> = bus.clone();
    let commands = Commands::new(bus.clone() as Arc<dyn CommandBus>).within(config.gateway.command_timeout);
    let verifier = Arc::new(tokens::verifier(&config.auth, &secret)?);
    verifier.prepare(clock.now()).await;
    let authenticator = Arc::new(Authenticator::new(verifier, commands.clone(), clock.clone()));

    let message_service = Arc::new(MessageService::new(
        stores,
        commands.clone(),
        events.clone(),
        clock.clone(),
        tokens::issuer(&config.auth, &secret)?,
        message_settings(&config),
    ));
    let presence_service = Arc::new(PresenceService::new(
        Arc::new(EmbeddedPresence::new()),
        commands.clone(),
        events.clone(),
        clock.clone(),
        natter_presence_service::Settings::default(),
    ));
    let uploads = stop.child_token();
    let media_service = MediaService::new(
        natter_media_service::Ports {
            store: media,
            commands: commands.clone(),
            authenticate: Arc::new(MediaAuthenticator(authenticator.clone())),
            clock: clock.clone(),
        },
        &config.media,
        config.limits.uploads_per_minute,
        uploads.clone(),
    );
    let demo = match demo {
        true => Some(Arc::new(Demo::new(commands.clone(), &secret))),
        false => None,
    };
    let gateway = Arc::new(Gateway::new(
        natter_gateway::Ports { commands, events, clock, authenticator },
        &config.gateway,
        &config.limits,
    ));

    let serving_messages = bus.serve(Service::Message, message_service.clone()).await?;
    let serving_presence = bus.serve(Service::Presence, presence_service.clone()).await?;
    let tasks = TaskTracker::new();
    let services_stop = CancellationToken::new();
    let gateway_stop = CancellationToken::new();
    let listener_stop = CancellationToken::new();
    {
        let (service, stop) = (message_service.clone(), services_stop.clone());
        tasks.spawn(async move { told("message service", service.run(stop).await) });
        let (service, stop) = (presence_service.clone(), services_stop.clone());
        tasks.spawn(async move { service.run(stop).await });
        tasks.spawn(metrics.clone().upkeep(services_stop.clone()));
    }
    let gateway_task = {
        let (gateway, stop) = (gateway.clone(), gateway_stop.clone());
        tokio::spawn(async move { told("gateway", gateway.run(stop).await) })
    };

    let health = match config.health.listen {
        None => metrics_routes(metrics),
        Some(address) => {
            let routes = health_routes(readiness.clone()).merge(metrics_routes(metrics));
            let listener = tokio::net::TcpListener::bind(address)
                .await
                .with_context(|| format!("health.listen: {address}"))?;
            tasks.spawn(serve(listener, routes, services_stop.clone()));
            Router::new()
        }
    };
    let alongside = vec![
        Alongside { routes: media_service.router(), description: Some(natter_media_service::openapi()) },
        Alongside { routes: health_routes(readiness.clone()).merge(health), description: None },
    ];
    let demo_users = demo.clone().map(|demo| demo as Arc<dyn DemoUsers>);
    let router = gateway.router(&config.gateway, alongside, demo_users)?;
    let listener = natter_gateway::listen(&config.gateway)
        .with_context(|| format!("gateway.listen: {}", config.gateway.listen))?;
    let address = listener.local_addr()?;
    let listening = {
        let (config, stop) = (config.gateway.clone(), listener_stop.clone());
        tokio::spawn(async move { natter_gateway::serve(listener, router, &config, stop).await })
    };
    ready.ready();
    println!("listening on http://{address}");
    if let Some(demo) = &demo {
        demo.introduce(address).await?;
    }

    stop.cancelled().await;
    readiness.drain();
    let window = config.gateway.drain_window;
    Drain::new()
        .then(
            "unready",
            config.gateway.pre_stop + DRAIN_DEADLINE,
            tokio::time::sleep(config.gateway.pre_stop),
        )
        .then("sockets", window + DRAIN_DEADLINE, async move { gateway.disconnect_all(window).await })
        .then("listener", DRAIN_DEADLINE, async move {
            listener_stop.cancel();
            listening.await.ok();
        })
        .then("presence", DRAIN_DEADLINE, async move {
            gateway_stop.cancel();
            gateway_task.await.ok();
            // Presence ends with the process: when everybody was last here is noted now.
            presence_service.settle().await;
        })
        .then("services", DRAIN_DEADLINE, async move {
            drop((serving_messages, serving_presence));
            services_stop.cancel();
            tasks.close();
            tasks.wait().await;
        })
        .run()
        .await;
    Ok(())
}

fn message_settings(config: &Config) -> natter_message_service::Settings {
    let accounts = AccountSettings {
        refresh_token_ttl: config.auth.refresh_token_ttl,
        refresh_grace: config.auth.refresh_grace,
        hashes_at_once: config.auth.hashes_at_once,
        hashes_waiting: config.auth.hashes_waiting,
        ..AccountSettings::default()
    };
    natter_message_service::Settings {
        accounts,
        media_url_prefixes: config.gateway.media_url_prefixes.clone(),
    }
}

/// A part that can't go on is told of; the others serve on, and the log has the cause.
fn told<E: std::error::Error + 'static>(part: &'static str, ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::error!(part, error = &error as &dyn std::error::Error, "a part has ended");
    }
}

/// The gateway's authenticator, as the media service asks for it.
struct MediaAuthenticator(Arc<Authenticator>);

#[async_trait]
impl Authenticate for MediaAuthenticator {
    async fn authenticate(&self, token: &str) -> Result<UserRef, Rejection> {
        self.0.authenticate(token).await.map(|identity| UserRef::clone(&identity.user))
    }
}
