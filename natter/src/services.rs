//! The four services, each started on whatever ports it is given.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use natter_auth::Authenticator;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{
    Clock, CommandBus, CommandHandler, EventBus, MediaStore, Presence, Service, Serving,
};
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
    bus: Arc<dyn CommandBus>,
    events: Arc<dyn EventBus>,
    clock: Arc<dyn Clock>,
}

impl Wiring {
    /// On these buses.
    pub(crate) fn new(config: &Config, bus: Arc<dyn CommandBus>, events: Arc<dyn EventBus>) -> Self {
        let commands = Commands::new(bus.clone()).within(config.gateway.command_timeout);
        Self { commands, bus, events, clock: Arc::new(SystemClock) }
    }

    /// Who tells a gateway and a media service who asks.
    pub(crate) async fn authenticator(
        &self,
        config: &Config,
        secret: &Secret,
    ) -> anyhow::Result<Arc<Authenticator>> {
        let verifier = Arc::new(tokens::verifier(&config.auth, secret)?);
        verifier.prepare(self.clock.now()).await;
        let authenticator = Authenticator::new(verifier, self.commands.clone(), self.clock.clone())
            .with_admin(tokens::admin(&config.auth))
            .admitting_by(tokens::admitted_by(&config.auth));
        Ok(Arc::new(authenticator))
    }

    /// Has an authenticator hear of ended sessions, in a process without a gateway.
    pub(crate) fn follow_sessions(&self, process: &mut Process, authenticator: &Arc<Authenticator>) {
        let (authenticator, events) = (authenticator.clone(), self.events.clone());
        process.spawn("sessions", |stop| async move { authenticator.follow(&*events, stop).await });
    }

    /// Starts a message service on this store. It takes commands for as long as the answer is kept;
    /// `None` where the process was told to stop first.
    pub(crate) async fn message_service(
        &self,
        process: &mut Process,
        secret: &Secret,
        stores: Stores,
    ) -> anyhow::Result<Option<Serving>> {
        let service = Arc::new(MessageService::new(
            stores,
            self.commands.clone(),
            self.events.clone(),
            self.clock.clone(),
            tokens::issuer(&process.config.auth, secret)?,
            message_settings(&process.config),
        ));
        let running = service.clone();
        process.spawn("message service", |stop| async move { running.run(stop).await });
        Ok(self.serve(process, Service::Message, service).await)
    }

    /// Starts a presence service on this presence. Where presence ends with the process, everybody
    /// is noted as gone when it stops. It takes commands for as long as the answer is kept; `None`
    /// where the process was told to stop first.
    pub(crate) async fn presence_service(
        &self,
        process: &mut Process,
        presence: Arc<dyn Presence>,
        ends_with_process: bool,
    ) -> Option<Serving> {
        let service = Arc::new(PresenceService::new(
            presence,
            self.commands.clone(),
            self.events.clone(),
            self.clock.clone(),
            natter_presence_service::Settings::default(),
        ));
        let (running, settling) = (service.clone(), service.clone());
        process.spawn("presence service", |stop| async move { running.run(stop).await });
        if ends_with_process {
            process.on_stop("presence", Duration::ZERO, async move { settling.settle().await });
        }
        self.serve(process, Service::Presence, service).await
    }

    async fn serve(
        &self,
        process: &Process,
        service: Service,
        handler: Arc<dyn CommandHandler>,
    ) -> Option<Serving> {
        process.persist("taking commands", || self.bus.serve(service, handler.clone())).await
    }

    /// A media service on this store; its routes are to be served. Uploads are cut off by `stop`.
    pub(crate) fn media_service(
        &self,
        config: &Config,
        authenticator: Arc<Authenticator>,
        store: Arc<dyn MediaStore>,
        stop: CancellationToken,
    ) -> MediaService {
        let ports = natter_media_service::Ports {
            store,
            commands: self.commands.clone(),
            authenticate: Arc::new(MediaAuthenticator(authenticator)),
            clock: self.clock.clone(),
        };
        MediaService::new(ports, &config.media, config.limits.uploads_per_minute, stop)
    }

    /// Starts a gateway with these routes alongside its own, and answers it, and where it listens.
    pub(crate) async fn gateway(
        &self,
        process: &mut Process,
        authenticator: Arc<Authenticator>,
        alongside: Vec<Alongside>,
        demo: Option<Arc<dyn DemoUsers>>,
    ) -> anyhow::Result<(Arc<Gateway>, SocketAddr)> {
        let config = process.config.gateway.clone();
        let ports = natter_gateway::Ports {
            commands: self.commands.clone(),
            events: self.events.clone(),
            clock: self.clock.clone(),
            authenticator,
        };
        let gateway = Arc::new(Gateway::new(ports, &config, &process.config.limits));
        let router = gateway.router(&config, alongside, demo)?;
        let listener =
            natter_gateway::listen(&config).with_context(|| format!("gateway.listen: {}", config.listen))?;
        let address = listener.local_addr()?;
        let window = config.drain_window;
        let running = gateway.clone();
        process.spawn("gateway", |stop| async move { running.run(stop).await });
        process.spawn("listener", |stop| async move {
            natter_gateway::serve(listener, router, &config, stop).await;
        });
        let leaving = gateway.clone();
        process.on_stop("sockets", window, async move { leaving.disconnect_all(window).await });
        Ok((gateway, address))
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

/// The gateway's authenticator, as the media service asks for it.
struct MediaAuthenticator(Arc<Authenticator>);

#[async_trait]
impl Authenticate for MediaAuthenticator {
    async fn authenticate(&self, token: &str) -> Result<UserRef, Rejection> {
        self.0.authenticate(token).await.map(|identity| UserRef::clone(&identity.user))
    }
}
