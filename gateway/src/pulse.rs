//! Noticing that the gateway stood still: stopped by a signal, or frozen with its machine.
//!
//! Who was connected has gone elsewhere meanwhile, and may have done more there. What they had asked
//! here just before still waits, in the kernel too, and must not be done now: an edit would undo a
//! later one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How often it beats.
const BEAT: Duration = Duration::from_millis(500);

/// Beats for as long as the gateway runs.
pub(crate) struct Pulse {
    start: Instant,
    /// Milliseconds from the start to the last beat.
    last: AtomicU64,
    /// And to when it went on after it had stood still.
    resumed: AtomicU64,
    patience: Duration,
}

impl Pulse {
    /// The first beat is now. Clients leave a gateway that is silent for longer than `patience`; what
    /// is shorter than four beats doesn't count, since a busy machine does that.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0), resumed: AtomicU64::new(0), patience }
    }

    /// Whether the gateway has stood still since `then`, for so long that clients have left.
    pub(crate) fn stood_still_since(&self, then: Instant) -> bool {
        self.stands_still() || then <= self.start + read(&self.resumed)
    }

    fn stands_still(&self) -> bool {
        self.start.elapsed().saturating_sub(read(&self.last)) > self.patience.max(BEAT * 4)
    }

    /// Beats until `stop`. Calls `resumed` each time that it stood still.
    pub(crate) async fn run(&self, stop: CancellationToken, resumed: impl Fn()) {
        while stop.run_until_cancelled(sleep(BEAT)).await.is_some() {
            let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
            let stood_still = self.stands_still();
            if stood_still {
                self.resumed.store(now, Ordering::Release);
            }
            self.last.store(now, Ordering::Release);
            if stood_still {
                resumed();
            }
        }
    }
}

fn read(milliseconds: &AtomicU64) -> Duration {
    Duration::from_millis(milliseconds.load(Ordering::Acquire))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn who_was_there_before_is_told_from_who_came_later() {
        let pulse = Arc::new(Pulse::new(PATIENCE));
        let resumed = Arc::new(AtomicU64::new(0));
        let (beating, count) = (pulse.clone(), resumed.clone());
        tokio::spawn(async move {
            beating
                .run(CancellationToken::new(), || {
                    count.fetch_add(1, Ordering::AcqRel);
                })
                .await;
        });
        sleep(PATIENCE * 3).await;
        let before = Instant::now();
        assert!(!pulse.stood_still_since(before), "it beats");
        // Nothing runs meanwhile.
        tokio::time::advance(PATIENCE + BEAT * 2).await;
        assert!(pulse.stood_still_since(before), "nobody has noticed yet");
        sleep(BEAT).await;
        assert!(pulse.stood_still_since(before));
        assert!(!pulse.stood_still_since(Instant::now()));
        assert_eq!(resumed.load(Ordering::Acquire), 1);
    }
}
