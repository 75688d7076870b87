//! What is done beside the calls, every now and then, as long as the store is there.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Core;
use crate::conversations::erase;
use crate::fault::Fault;
use crate::timeline;

/// How long the order of lists lags behind the timeline, without the write itself.
const FLUSH: Duration = Duration::from_millis(250);
/// How often this process says that it has flushed.
const BEAT: Duration = Duration::from_secs(5);
/// How often what others left behind is looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// Starts it. It ends when the store is dropped.
pub(crate) fn start(core: &Arc<Core>) {
    let core = Arc::downgrade(core);
    tokio::spawn(run(core));
}

async fn run(core: Weak<Core>) {
    let mut beat = Instant::now();
    // The first one at once: what this process itself left when it died is found when it starts.
    let mut sweep = Instant::now();
    loop {
        sleep(FLUSH).await;
        let Some(core) = core.upgrade() else { return };
        let flushed = core.activity.flush(&core.database).await;
        // Without it this process counts as one that died, and others look through its messages.
        if flushed.is_ok() && beat.elapsed() >= BEAT {
            log(core.activity.beat(&core.collections).await, "sign of life");
            beat = Instant::now();
        }
        log(flushed, "activity of conversations");
        if Instant::now() >= sweep {
            log(timeline::rebuild(&core.database, &core.collections).await, "activity of dead processes");
            log(erase::sweep(&core.collections).await, "rest of deleted conversations");
            sweep = Instant::now() + SWEEP;
        }
    }
}

fn log(result: Result<(), Fault>, what: &'static str) {
    if let Err(fault) = result {
        tracing::warn!(error = &fault as &dyn std::error::Error, what, "not written; tried again later");
    }
}

#[cfg(test)]
mod tests;
