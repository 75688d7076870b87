//! The connection to Redis: how it is made, kept and given up on.

use std::time::Duration;

use fred::prelude::{
    Builder, Client, ClientLike as _, Config, Error, ErrorKind, EventInterface as _, ReconnectPolicy, Server,
};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::AbortOnDropHandle;

/// A command that has no answer by then has failed.
const PATIENCE: Duration = Duration::from_secs(1);
/// A connection that has been silent for so long with a command under way is made anew.
const SILENCE: Duration = Duration::from_secs(2);
/// Between two looks at whether it is silent.
const LOOK: Duration = Duration::from_millis(500);
/// Milliseconds before an attempt to connect, the first one too.
const PAUSE_MILLIS: u32 = 50;
/// Up to so many are added at random.
const JITTER_MILLIS: u32 = 200;
/// Commands that wait while there is no connection; what comes past that fails at once.
const WAITING: usize = 10_000;

/// An address that is none, or that this build can't reach.
#[derive(Debug, thiserror::Error)]
#[error("not a Redis URL that can be used: {0}")]
pub struct ConnectError(#[source] Error);

/// A client that connects, and reconnects, for ever. Its commands fail after a second, or once it
/// is dropped.
pub(crate) struct Connection {
    client: Client,
    _tasks: Vec<AbortOnDropHandle<()>>,
}

impl Connection {
    /// Begins to connect.
    pub(crate) fn open(url: &str) -> Result<Self, ConnectError> {
        check_scheme(url).map_err(ConnectError)?;
        let mut config = Config::from_url(url).map_err(ConnectError)?;
        // Services start in any order: a Redis that is not there yet is no fault.
        config.fail_fast = false;
        let mut policy = ReconnectPolicy::new_constant(0, PAUSE_MILLIS);
        policy.set_jitter(JITTER_MILLIS);
        let client = Builder::from_config(config)
            .with_performance_config(|performance| performance.default_command_timeout = PATIENCE)
            .with_connection_config(|connection| {
                connection.connection_timeout = SILENCE;
                connection.internal_command_timeout = SILENCE;
                connection.unresponsive.max_timeout = Some(SILENCE);
                connection.unresponsive.interval = LOOK;
                connection.max_command_buffer_len = WAITING;
                connection.tcp.nodelay = Some(true);
            })
            .set_policy(policy)
            .build()
            .map_err(ConnectError)?;
        let tasks = vec![
            AbortOnDropHandle::new(tokio::spawn(note(client.error_rx(), client.reconnect_rx()))),
            AbortOnDropHandle::new(tokio::spawn(keep_connected(client.clone()))),
        ];
        Ok(Self { client, _tasks: tasks })
    }

    /// For commands.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// The client takes any other scheme for `redis`, and an encrypted one too where it can't encrypt.
fn check_scheme(url: &str) -> Result<(), Error> {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    match scheme {
        "redis" | "redis-cluster" | "redis-sentinel" => Ok(()),
        "rediss" | "rediss-cluster" | "rediss-sentinel" if cfg!(feature = "tls") => Ok(()),
        "rediss" | "rediss-cluster" | "rediss-sentinel" => {
            Err(Error::new(ErrorKind::Url, "this build has no encrypted connections to redis"))
        }
        _ => Err(Error::new(ErrorKind::Url, "it must begin with redis:// or redis-cluster://")),
    }
}

/// Writes down what becomes of the connection.
async fn note(mut lost: Receiver<(Error, Option<Server>)>, mut made: Receiver<Server>) {
    loop {
        tokio::select! {
            lost = lost.recv() => match lost {
                Ok((error, _)) => tracing::warn!(%error, "no connection to redis"),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            made = made.recv() => match made {
                Ok(server) => tracing::info!(%server, "connected to redis"),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
        }
    }
}

/// The client reconnects by itself, but gives up where it believes that trying is of no use, such as
/// after a refused password. Here that may be put right, too.
async fn keep_connected(client: Client) {
    loop {
        match AbortOnDropHandle::new(client.connect()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "redis can't be used"),
            Err(error) => tracing::error!(%error, "the connection to redis broke off"),
        }
        tokio::time::sleep(SILENCE).await;
    }
}
