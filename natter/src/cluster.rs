//! The services of a cluster, each in a process of its own, on NATS, MongoDB, Redis and a store of
//! objects.
//!
//! Services and servers start and stop in any order: each waits for what it needs, and says through
//! its readiness what is missing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use natter_adapter_mongodb::MongoStore;
use natter_adapter_nats::{NatsBus, NatsOptions};
use natter_adapter_redis::RedisPresence;
use natter_domain::UserId;
use natter_domain::ports::store::StoreError;
use natter_domain::ports::{CommandBus, EventBus, Presence, Serving};
use natter_gateway::{Alongside, Gateway};
use natter_runtime::config::{GatewayConfig, Secret, Sources};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::media;
use crate::process::{self, Process};
use crate::servers::{self, Reachable};
use crate::services::Wiring;

/// How long NATS may be away before a process says so. A link that is cut is noticed after up to
/// 5 s; a gateway has to be unready within 10 s.
const NATS_PATIENCE: Duration = Duration::from_secs(3);
/// How long the others may be away. Their clients wait for about as long themselves.
const PATIENCE: Duration = Duration::from_secs(5);
/// What commands under way may take once no more are taken; see also [`process::DRAIN_DEADLINE`].
const LAST_COMMANDS: Duration = Duration::from_secs(10);
/// Between two rounds of sending clients away.
const ROUND: Duration = Duration::from_secs(1);

/// Runs a gateway until told to stop, and drains.
pub(crate) fn gateway(sources: &Sources) -> anyhow::Result<()> {
    process::run(sources, "natter-gateway", async |process| {
        process.serve_health().await?;
        let (bus, nats) = broker(process, "natter-gateway").await?;
        let wiring = wiring(process, &bus);
        let authenticator = wiring.authenticator(&process.config, &secret(process)?).await?;
        let media =
            Alongside { routes: axum::Router::new(), description: Some(natter_media_service::openapi()) };
        let alongside = vec![media, Alongside { routes: process.health_routes(), description: None }];
        let (gateway, address) = wiring.gateway(process, authenticator, alongside, None).await?;
        send_away_without_broker(process, gateway, nats.clone());
        listening(process, nats, Some(address)).await;
        Ok(())
    })
}

/// Runs a message service until told to stop, and drains.
pub(crate) fn message_service(sources: &Sources) -> anyhow::Result<()> {
    process::run(sources, "natter-message-service", async |process| {
        process.serve_health().await?;
        let (bus, nats) = broker(process, "natter-message-service").await?;
        let Some(store) = mongodb(process).await? else { return Ok(()) };
        let wiring = wiring(process, &bus);
        let serving = wiring.message_service(process, &secret(process)?, store.stores()).await?;
        stop_serving(process, bus, serving);
        listening(process, nats, None).await;
        Ok(())
    })
}

/// Runs a presence service until told to stop, and drains.
pub(crate) fn presence_service(sources: &Sources) -> anyhow::Result<()> {
    process::run(sources, "natter-presence-service", async |process| {
        process.serve_health().await?;
        let (bus, nats) = broker(process, "natter-presence-service").await?;
        let presence = redis(process)?;
        let wiring = wiring(process, &bus);
        let serving = wiring.presence_service(process, presence, false).await;
        stop_serving(process, bus, serving);
        listening(process, nats, None).await;
        Ok(())
    })
}

/// Runs a media service until told to stop, and drains.
pub(crate) fn media_service(sources: &Sources) -> anyhow::Result<()> {
    process::run(sources, "natter-media-service", async |process| {
        process.serve_health().await?;
        let (bus, nats) = broker(process, "natter-media-service").await?;
        let wiring = wiring(process, &bus);
        let authenticator = wiring.authenticator(&process.config, &secret(process)?).await?;
        wiring.follow_sessions(process, &authenticator);
        let storage = needed(process.config.media.storage.as_ref())?;
        let store = tokio::task::spawn_blocking(move || media::open(&storage)).await??;
        let Some(store) = media::usable(process, store).await? else { return Ok(()) };
        let uploads = CancellationToken::new();
        let media = wiring.media_service(&process.config, authenticator, store, uploads.clone());
        let front = GatewayConfig { listen: process.config.media.listen, ..process.config.gateway.clone() };
        let routes = media.router().merge(process.health_routes());
        let routes = natter_gateway::surrounded(routes, &front);
        let listener =
            natter_gateway::listen(&front).with_context(|| format!("media.listen: {}", front.listen))?;
        let address = listener.local_addr()?;
        process.spawn("listener", |stop| async move {
            natter_gateway::serve(listener, routes, &front, stop).await;
        });
        process.on_stop("uploads", Duration::ZERO, async move { uploads.cancel() });
        listening(process, nats, Some(address)).await;
        Ok(())
    })
}

/// Connects to NATS, which may come later.
async fn broker(process: &mut Process, name: &'static str) -> anyhow::Result<(Arc<NatsBus>, Reachable)> {
    let url = needed(process.config.nats.url.as_ref())?;
    let bus = Arc::new(NatsBus::connect(NatsOptions::new(url.expose(), name)).await?);
    let finished = bus.clone();
    process.on_stop("nats", Duration::ZERO, async move {
        finished.finish(process::DRAIN_DEADLINE).await;
    });
    let looked_at = bus.clone();
    let nats =
        servers::watch(process, "nats", NATS_PATIENCE, move || std::future::ready(looked_at.connected()));
    Ok((bus, nats))
}

fn wiring(process: &Process, bus: &Arc<NatsBus>) -> Wiring {
    let (commands, events): (Arc<dyn CommandBus>, Arc<dyn EventBus>) = (bus.clone(), bus.clone());
    Wiring::new(&process.config, commands, events)
}

fn secret(process: &Process) -> anyhow::Result<Secret> {
    needed(process.config.auth.jwt_secret.as_ref())
}

/// Connects to MongoDB, once it is there; `None` where the process is told to stop first.
async fn mongodb(process: &mut Process) -> anyhow::Result<Option<MongoStore>> {
    let url = needed(process.config.mongodb.url.as_ref())?;
    let connected =
        process.persist("connecting to mongodb", async || match MongoStore::connect(url.expose()).await {
            Err(error @ StoreError::Unavailable(_)) => Err(error),
            settled => Ok(settled),
        });
    let Some(store) = connected.await.transpose()? else { return Ok(None) };
    let closed = store.clone();
    process.on_stop("mongodb", Duration::ZERO, async move {
        if let Err(error) = closed.close().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what is written behind was not written"
            );
        }
    });
    let looked_at = store.clone();
    servers::watch(process, "mongodb", PATIENCE, move || {
        let store = looked_at.clone();
        async move { store.ping().await.is_ok() }
    });
    Ok(Some(store))
}

/// Connects to Redis, which may come later.
fn redis(process: &mut Process) -> anyhow::Result<Arc<dyn Presence>> {
    let url = needed(process.config.redis.url.as_ref())?;
    let presence = Arc::new(RedisPresence::connect(url.expose())?);
    let looked_at = presence.clone();
    servers::watch(process, "redis", PATIENCE, move || {
        let presence = looked_at.clone();
        async move { presence.online(&[UserId::NONE]).await.is_ok() }
    });
    Ok(presence)
}

/// A value that the configuration was required to have.
fn needed<T: Clone>(value: Option<&T>) -> anyhow::Result<T> {
    value.cloned().context("the configuration was not checked for this service")
}

/// Takes no more commands when the process stops, and answers those that it has taken while the
/// service still runs.
fn stop_serving(process: &mut Process, bus: Arc<NatsBus>, serving: Option<Serving>) {
    process.on_stop("commands", LAST_COMMANDS, async move {
        drop(serving);
        bus.finish(LAST_COMMANDS).await;
    });
}

/// A gateway that has lost the broker is no use to its clients: they are sent to others, until it is
/// back. Rounds, since clients come that knew no better.
fn send_away_without_broker(process: &mut Process, gateway: Arc<Gateway>, mut nats: Reachable) {
    let window = process.config.gateway.drain_window;
    process.spawn("sending clients away", |stop| async move {
        let sending = async {
            while nats.wait_for(|reached| *reached).await.is_ok()
                && nats.wait_for(|reached| !*reached).await.is_ok()
            {
                tracing::warn!("without the broker: clients are sent away");
                let rounds = async {
                    loop {
                        gateway.disconnect_all(window).await;
                        sleep(ROUND).await;
                    }
                };
                tokio::select! {
                    back = nats.wait_for(|reached| *reached) => if back.is_err() { return },
                    () = rounds => {}
                }
            }
        };
        stop.run_until_cancelled(sending).await;
    });
}

/// Says where the process serves once the broker is there: its clients, or at least its health.
async fn listening(process: &Process, mut nats: Reachable, clients: Option<SocketAddr>) {
    process.unless_stopped(nats.wait_for(|reached| *reached)).await;
    match clients.or(process.health_at) {
        Some(address) => process.listening(format_args!("http://{address}")),
        None => process.listening("nats"),
    }
}
