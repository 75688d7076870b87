//! Waiting between attempts: longer each time, never in step with others, and not for ever.

use std::time::Duration;

use tokio::time::Instant;

/// The pauses between attempts. Each is random, up to a bound that doubles from `first` to `most`,
/// and there is none that would pass the deadline.
#[derive(Debug, Clone)]
pub struct Backoff {
    bound: Duration,
    most: Duration,
    deadline: Instant,
}

impl Backoff {
    /// Pauses from `first` on, of at most `most`, until `deadline`.
    pub fn until(deadline: Instant, first: Duration, most: Duration) -> Self {
        Self { bound: first.min(most), most, deadline }
    }

    /// When attempts end.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The next pause: at least half its bound; `None` once it would pass the deadline.
    pub fn next_pause(&mut self) -> Option<Duration> {
        let pause = self.bound.mul_f64(rand::random_range(0.5..=1.0));
        self.bound = self.bound.saturating_mul(2).min(self.most);
        (pause < self.deadline.saturating_duration_since(Instant::now())).then_some(pause)
    }

    /// Tries until it succeeds, an error is not transient, or the deadline is too near for another
    /// attempt. An attempt is not cut short: give it the deadline too. Cancel safe between attempts.
    ///
    /// # Errors
    /// The last attempt's.
    // Not `AsyncFnMut`: of its futures one can't say yet that they may be sent to another thread.
    pub async fn retry<T, E, F>(
        mut self,
        is_transient: impl Fn(&E) -> bool,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        loop {
            match attempt().await {
                Err(error) if is_transient(&error) => match self.next_pause() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
                result => return result,
            }
        }
    }
}
