//! What is measured: a file a scenario.

pub(crate) mod churn;
pub(crate) mod connect;
pub(crate) mod get;
pub(crate) mod joined;
pub(crate) mod rooms;
pub(crate) mod spread;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use url::Url;

use crate::api::{self, User};
use crate::client::{self, Client, Reader};
use crate::watch::{Watch, Watched};

/// Handshakes at once, where it is not handshakes that are measured.
const CONNECTS: usize = 32;
/// A process that uses less of a core than this has nothing to do.
const IDLE: f64 = 0.03;
/// How long it must have nothing to do.
const QUIET: Duration = Duration::from_secs(1);
/// Nobody waits longer for that.
const MOST_QUIET: u32 = 120;

/// Both ends of a connected socket.
pub(crate) type Socket = (Client, Reader);

/// What every scenario is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// A gateway, such as http://127.0.0.1:3100; with several, sockets take turns
    #[arg(long = "url", required = true, value_name = "URL")]
    urls: Vec<Url>,
    /// The users that `natter-bench users` has made
    #[arg(long, value_name = "FILE")]
    users: PathBuf,
    /// A process to watch; may be given again
    #[arg(long, value_name = "NAME=PID")]
    pub(crate) watch: Vec<Watched>,
    /// For how many seconds is measured
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// How long the load is on before that, such as 2 (seconds)
    #[arg(long, default_value = "2", value_parser = seconds)]
    pub(crate) warmup: Duration,
    /// Where to write what was found, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Report what was lost, doubled or disordered, and go on all the same
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// A time in seconds.
///
/// # Errors
/// It is none.
pub(crate) fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

impl Common {
    /// The gateway of the socket with this index.
    fn server(&self, index: usize) -> anyhow::Result<&Url> {
        self.urls.get(index % self.urls.len().max(1)).context("there is a gateway")
    }

    fn users(&self, wanted: usize) -> anyhow::Result<Vec<User>> {
        api::load(&self.users, wanted)
    }
}

/// Connects a socket for each user, in their order, over the gateways in turn.
async fn connect_all(common: &Common, users: &[&User]) -> anyhow::Result<Vec<Socket>> {
    let connects = users
        .iter()
        .enumerate()
        .map(|(index, user)| async move { client::open(common.server(index)?, &user.token).await });
    stream::iter(connects).buffered(CONNECTS).try_collect().await
}

/// Waits until the processes have nothing to do: what a run before left to do is not part of this one.
async fn settle(processes: &[Watched]) -> anyhow::Result<()> {
    for _ in 0..MOST_QUIET {
        let (start, watch) = (Instant::now(), Watch::start(processes)?);
        tokio::time::sleep(QUIET).await;
        let (_, mut costs) = watch.stop()?;
        costs.pop();
        let busy: f64 = costs.iter().map(|cost| cost.user + cost.system).sum();
        if busy / start.elapsed().as_secs_f64() < IDLE * processes.len().max(1) as f64 {
            break;
        }
    }
    Ok(())
}
