//! Gathers what follows the writes of many conversations, for a moment, so that it is done for all of
//! them together.
//!
//! Something waits for [`FOR`], or, under load, for what was gathered before and [`TIMES`] as long
//! again, up to [`LONGEST`]: what follows writes must not take from them what they need. Where there
//! is nothing to do, nothing runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use natter_domain::ConversationId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long more is waited for, after the first.
const FOR: Duration = Duration::from_millis(100);
/// So many times as long as the work took the last time, if that is more.
const TIMES: u32 = 4;
/// But no longer than this.
const LONGEST: Duration = Duration::from_millis(500);

/// What has been gathered, by conversation.
pub(super) type Gathered<T> = HashMap<ConversationId, T>;

/// Gathers, and has it done.
pub(super) struct Gather<T> {
    work: Box<dyn Fn(Gathered<T>) -> BoxFuture<'static, ()> + Send + Sync>,
    state: Mutex<State<T>>,
    tasks: TaskTracker,
    /// There is nothing more to wait for.
    hurry: CancellationToken,
}

struct State<T> {
    waiting: Gathered<T>,
    /// Whether a task takes what is waiting.
    taken: bool,
}

impl<T: Default + Send + 'static> Gather<T> {
    /// Does `work` with what was gathered, one time after the other.
    pub(super) fn new(
        work: impl Fn(Gathered<T>) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            work: Box::new(work),
            state: Mutex::new(State { waiting: HashMap::new(), taken: false }),
            tasks: TaskTracker::new(),
            hurry: CancellationToken::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to what is waiting in a conversation.
    pub(super) fn add(self: &Arc<Self>, conversation: ConversationId, add: impl FnOnce(&mut T)) {
        let mut state = self.state();
        add(state.waiting.entry(conversation).or_default());
        if !state.taken {
            state.taken = true;
            self.tasks.spawn(self.clone().take());
        }
    }

    async fn take(self: Arc<Self>) {
        let mut pause = FOR;
        loop {
            self.hurry.run_until_cancelled(tokio::time::sleep(pause)).await;
            let begun = Instant::now();
            let waiting = std::mem::take(&mut self.state().waiting);
            // In a task of its own: one that panicked has said so, and the next is done all the same.
            drop(tokio::spawn((self.work)(waiting)).await);
            pause = (begun.elapsed() * TIMES).clamp(FOR, LONGEST);
            let mut state = self.state();
            if state.waiting.is_empty() {
                state.taken = false;
                return;
            }
        }
    }

    /// Does at once what is waiting, and waits until it is done. To be called when nothing is added
    /// any more.
    pub(super) async fn finish(&self) {
        self.hurry.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    /// Numbers are gathered, and come together in the order in which they were added.
    fn gather() -> (Arc<Gather<Vec<u64>>>, mpsc::UnboundedReceiver<Vec<u64>>) {
        let (done, came) = mpsc::unbounded_channel();
        let work = move |gathered: Gathered<Vec<u64>>| -> BoxFuture<'static, ()> {
            let done = done.clone();
            Box::pin(async move {
                let numbers: Vec<_> = gathered.into_values().flatten().collect();
                assert!(!numbers.contains(&13), "as the test asked");
                done.send(numbers).unwrap();
            })
        };
        (Gather::new(work), came)
    }

    #[tokio::test]
    async fn what_comes_in_a_moment_is_done_together() {
        let (gather, mut came) = gather();
        for number in 0..3 {
            gather.add(ConversationId::NONE, |numbers| numbers.push(number));
        }
        assert_eq!(came.recv().await, Some(vec![0, 1, 2]));
        gather.add(ConversationId::NONE, |numbers| numbers.push(3));
        assert_eq!(came.recv().await, Some(vec![3]));
    }

    #[tokio::test]
    async fn what_panics_is_lost_alone() {
        let (gather, mut came) = gather();
        for number in [13, 14] {
            gather.add(ConversationId::NONE, |numbers| numbers.push(number));
            gather.finish().await;
        }
        assert_eq!(came.recv().await, Some(vec![14]));
    }

    #[tokio::test]
    async fn the_end_waits_for_nothing_but_the_work() {
        let (gather, mut came) = gather();
        let begun = Instant::now();
        gather.add(ConversationId::NONE, |numbers| numbers.push(1));
        gather.finish().await;
        assert_eq!(came.try_recv(), Ok(vec![1]));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
