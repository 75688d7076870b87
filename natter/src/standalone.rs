//! Everything in one process: the four services on embedded adapters.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use natter_adapter_embedded::{EmbeddedBus, EmbeddedPresence, SqliteStore};
use natter_adapter_objects::ObjectMediaStore;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{CommandBus, EventBus, MediaStore};
use natter_gateway::{Alongside, DemoUsers};
use natter_runtime::config::{Config, Secret, Sources, Storage};
use natter_runtime::secret_file;
use tokio_util::sync::CancellationToken;

use crate::demo::Demo;
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
    let bus = Arc::new(EmbeddedBus::new());
    let (commands, events): (Arc<dyn CommandBus>, Arc<dyn EventBus>) = (bus.clone(), bus);
    let demo_secret = secret.clone();
    let wiring = Wiring::new(&process.config, secret, commands, events).await?;

    wiring.message_service(process, stores).await?;
    wiring.presence_service(process, Arc::new(EmbeddedPresence::new()), true).await?;
    let uploads = CancellationToken::new();
    let media = wiring.media_service(&process.config, media, uploads.clone());
    let alongside =
        vec![Alongside { routes: media.router(), description: Some(natter_media_service::openapi()) }];
    let demo = demo.then(|| Arc::new(Demo::new(wiring.commands.clone(), &demo_secret)));
    let demo_users = demo.clone().map(|demo| demo as Arc<dyn DemoUsers>);
    let address = wiring.gateway(process, alongside, demo_users).await?;
    process.on_stop("uploads", Duration::ZERO, async move { uploads.cancel() });

    process.listening(address);
    match demo {
        Some(demo) => demo.introduce(address).await,
        None => Ok(()),
    }
}

/// What is in the data directory.
struct Kept {
    stores: Stores,
    media: Arc<dyn MediaStore>,
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
            Some(storage) => ObjectMediaStore::open(&url_of(storage))?,
            None => ObjectMediaStore::directory(&directory.canonicalize()?.join("media"))?,
        };
        Ok(Self { stores: SqliteStore::open(directory)?.stores(), media: Arc::new(media), secret })
    }
}

fn url_of(storage: &Storage) -> String {
    match storage {
        Storage::File(path) => format!("file://{}", path.display()),
        Storage::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
    }
}
