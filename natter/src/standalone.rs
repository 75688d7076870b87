//! Everything in one process: the four services on embedded adapters.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use natter_adapter_embedded::{EmbeddedBus, EmbeddedPresence, SqliteStore};
use natter_adapter_objects::ObjectMediaStore;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{CommandBus, EventBus};
use natter_gateway::{Alongside, DemoUsers};
use natter_runtime::config::{Config, Secret, Sources};
use natter_runtime::secret_file;
use tokio_util::sync::CancellationToken;

use crate::demo::Demo;
use crate::media;
use crate::process::{self, Process};
use crate::services::Wiring;

/// Runs until told to stop, and drains.
pub(crate) fn run(sources: &Sources) -> anyhow::Result<()> {
    let demo = sources.flags.demo;
    process::run(sources, "natter", async |process| start(process, demo).await)
}

async fn start(process: &mut Process, demo: bool) -> anyhow::Result<()> {
    let config = process.config.clone();
    let Kept { stores, media, secret } = tokio::task::spawn_blocking(move || Kept::open(&config)).await??;
    let Some(media) = media::usable(process, media).await? else { return Ok(()) };
    let bus = Arc::new(EmbeddedBus::new());
    let (commands, events): (Arc<dyn CommandBus>, Arc<dyn EventBus>) = (bus.clone(), bus);
    let wiring = Wiring::new(&process.config, commands, events);
    let authenticator = wiring.authenticator(&process.config, &secret).await?;

    process.serve_health().await?;
    let serving = wiring.message_service(process, &secret, stores).await?;
    process.on_stop("commands of the message service", Duration::ZERO, async move { drop(serving) });
    let serving = wiring.presence_service(process, Arc::new(EmbeddedPresence::new()), true).await;
    process.on_stop("commands of the presence service", Duration::ZERO, async move { drop(serving) });
    let uploads = CancellationToken::new();
    let media = wiring.media_service(&process.config, authenticator.clone(), media, uploads.clone());
    let media = Alongside { routes: media.router(), description: Some(natter_media_service::openapi()) };
    let alongside = vec![media, Alongside { routes: process.health_routes(), description: None }];
    let demo = demo.then(|| Arc::new(Demo::new(wiring.commands.clone(), &secret)));
    let demo_users = demo.clone().map(|demo| demo as Arc<dyn DemoUsers>);
    let (_, address) = wiring.gateway(process, authenticator, alongside, demo_users).await?;
    process.on_stop("uploads", Duration::ZERO, async move { uploads.cancel() });

    process.listening(format_args!("http://{address}"));
    match demo {
        Some(demo) => demo.introduce(address).await,
        None => Ok(()),
    }
}

/// What is in the data directory.
struct Kept {
    stores: Stores,
    media: ObjectMediaStore,
    secret: Secret,
}

impl Kept {
    /// Opens it, and makes it where it is not there.
    fn open(config: &Config) -> anyhow::Result<Self> {
        let directory = &config.standalone.data_dir;
        fs::create_dir_all(directory)
            .with_context(|| format!("data directory {} can't be made", directory.display()))?;
        let secret = match &config.auth.jwt_secret {
            Some(secret) => secret.clone(),
            None => secret_file::load_or_create(directory).context("no secret for tokens")?,
        };
        let media = match &config.media.storage {
            Some(storage) => media::open(storage)?,
            None => ObjectMediaStore::directory(&directory.canonicalize()?.join("media"))?,
        };
        Ok(Self { stores: SqliteStore::open(directory)?.stores(), media, secret })
    }
}
