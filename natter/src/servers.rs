//! Whether the servers that a process needs can be reached: what it says of itself, and what
//! follows.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::process::Process;

/// Between two looks at a server.
const LOOK: Duration = Duration::from_millis(500);

/// Whether a server can be reached, so far as is known.
pub(crate) type Reachable = watch::Receiver<bool>;

/// Looks at a server for as long as the process runs. The process is ready only once the server
/// was reached, and unready once it could not be for `patience`.
pub(crate) fn watch<F>(
    process: &mut Process,
    name: &'static str,
    patience: Duration,
    mut reached: impl FnMut() -> F + Send + 'static,
) -> Reachable
where
    F: Future<Output = bool> + Send,
{
    let component = process.component(name);
    let (said, reachable) = watch::channel(false);
    process.spawn(name, |stop| async move {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_reached: Option<Instant> = None;
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            let Some(reached) = stop.run_until_cancelled(reached()).await else { return };
            if reached {
                last_reached = Some(Instant::now());
                component.ready();
                said.send_replace(true);
            } else if last_reached.is_none_or(|at| at.elapsed() >= patience) {
                component.unready("can't be reached");
                said.send_replace(false);
            }
        }
    });
    reachable
}
