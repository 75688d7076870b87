//! Trying again what others were faster with.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fault::{DEADLINE, Fault};

/// Longest pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// Attempts at one change, for as long as an operation may take.
pub(crate) struct Attempts {
    since: Instant,
    made: u32,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), made: 0 }
    }

    /// Pauses before another one: the longer the more were made, at random, so that those who
    /// collided don't again.
    ///
    /// # Errors
    /// It has taken too long already.
    pub(crate) async fn another(&mut self) -> Result<(), Fault> {
        if self.since.elapsed() > DEADLINE {
            return Err(Fault::Contended);
        }
        self.made += 1;
        let longest = PAUSE.min(Duration::from_millis(1) * self.made);
        sleep(longest.mul_f64(rand::random_range(0.0..1.0))).await;
        Ok(())
    }
}
