//! The four services, each started on whatever ports it is given.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use axum::Router;
use natter_auth::Authenticator;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{Clock, CommandBus, EventBus, MediaStore, Presence, Service};
use natter_domain::{Rejection, UserRef};
use natter_gateway::{Alongside, DemoUsers, Gateway};
use natter_media_service::{Authenticate, MediaService};
use natter_message_service::{AccountSettings, MessageService};
use natter_presence_service::PresenceService;
use natter_runtime::commands::Commands;
use natter_runtime::config::{Config, Secret};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::process::Process;
use crate::tokens;

/// What every service is made with.
pub(crate) struct Wiring {
    pub(crate) commands: Commands,
    secret: Secret,
    bus: Arc<dyn CommandBus>,
    events: Arc<dyn EventBus>,
    clock: Arc<dyn Clock>,
    authenticator: Arc<Authenticator>,
}

impl Wiring {
    /// On these buses.
    pub(crate) async fn new(
        config: &Config,
        secret: Secret,
        bus: Arc<dyn CommandBus>,
        events: Arc<dyn EventBus>,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let commands = Commands::new(bus.clone()).within(config.gateway.command_timeout);
        let verifier = Arc::new(tokens::verifier(&config.auth, &secret)?);
        verifier.prepare(clock.now()).await;
        let authenticator = Arc::new(Authenticator::new(verifier, commands.clone(), clock.clone()));
        Ok(Self { commands, secret, bus, events, clock, authenticator })
    }

    /// Starts a message service on this store.
    pub(crate) async fn message_service(&self, process: &mut Process, stores: Stores) -> anyhow::Result<()> {
        let service = Arc::new(MessageService::new(
            stores,
            self.commands.clone(),
            self.events.clone(),
            self.clock.clone(),
            tokens::issuer(&process.config.auth, &self.secret)?,
            message_settings(&process.config),
        ));
        let serving = self.bus.serve(Service::Message, service.clone()).await?;
        process.spawn("message service", |stop| async move {
            told("message service", service.run(stop).await);
        });
        process.on_stop("commands of the message service", Duration::ZERO, async move { drop(serving) });
        Ok(())
    }

    /// Starts a presence service on this presence. Where presence ends with the process, everybody
    /// is noted as gone when it stops.
    pub(crate) async fn presence_service(
        &self,
        process: &mut Process,
        presence: Arc<dyn Presence>,
        ends_with_process: bool,
    ) -> anyhow::Result<()> {
        let service = Arc::new(PresenceService::new(
            presence,
            self.commands.clone(),
            self.events.clone(),
            self.clock.clone(),
            natter_presence_service::Settings::default(),
        ));
        let serving = self.bus.serve(Service::Presence, service.clone()).await?;
        let running = service.clone();
        process.spawn("presence service", |stop| async move { running.run(stop).await });
        process.on_stop("commands of the presence service", Duration::ZERO, async move {
            if ends_with_process {
                service.settle().await;
            }
            drop(serving);
        });
        Ok(())
    }

    /// A media service on this store; its routes are to be served. Uploads are cut off by `stop`.
    pub(crate) fn media_service(
        &self,
        config: &Config,
        store: Arc<dyn MediaStore>,
        stop: CancellationToken,
    ) -> MediaService {
        let ports = natter_media_service::Ports {
            store,
            commands: self.commands.clone(),
            authenticate: Arc::new(MediaAuthenticator(self.authenticator.clone())),
            clock: self.clock.clone(),
        };
        MediaService::new(ports, &config.media, config.limits.uploads_per_minute, stop)
    }

    /// Starts a gateway with these routes alongside its own, and answers where it listens.
    pub(crate) async fn gateway(
        &self,
        process: &mut Process,
        mut alongside: Vec<Alongside>,
        demo: Option<Arc<dyn DemoUsers>>,
    ) -> anyhow::Result<SocketAddr> {
        let health: Router = process.health().await?;
        alongside.push(Alongside { routes: health, description: None });
        let config = process.config.gateway.clone();
        let ports = natter_gateway::Ports {
            commands: self.commands.clone(),
            events: self.events.clone(),
            clock: self.clock.clone(),
            authenticator: self.authenticator.clone(),
        };
        let gateway = Arc::new(Gateway::new(ports, &config, &process.config.limits));
        let router = gateway.router(&config, alongside, demo)?;
        let listener =
            natter_gateway::listen(&config).with_context(|| format!("gateway.listen: {}", config.listen))?;
        let address = listener.local_addr()?;
        let window = config.drain_window;
        let running = gateway.clone();
        process.spawn("gateway", |stop| async move { told("gateway", running.run(stop).await) });
        process.spawn("listener", |stop| async move {
            natter_gateway::serve(listener, router, &config, stop).await;
        });
        process.on_stop("sockets", window, async move { gateway.disconnect_all(window).await });
        Ok(address)
    }
}

fn message_settings(config: &Config) -> natter_message_service::Settings {
    let accounts = AccountSettings {
        refresh_token_ttl: config.auth.refresh_token_ttl,
        refresh_grace: config.auth.refresh_grace,
        hashes_at_once: config.auth.hashes_at_once,
        hashes_waiting: config.auth.hashes_waiting,
        ..AccountSettings::default()
    };
    let media_url_prefixes = config.gateway.media_url_prefixes.clone();
    natter_message_service::Settings { accounts, media_url_prefixes }
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
