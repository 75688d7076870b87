//! When something is due, by the plan and not by how things went.
//!
//! Timers of the runtime are exact to a millisecond, which is half of what is measured: a thread
//! sleeps until each time of the plan.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The times of a steady rate, each told when it has come; a receiver that was late finds them all.
/// The first is `start`; the last is before `end`.
pub(crate) fn steady(rate: f64, start: Instant, end: Instant) -> UnboundedReceiver<Instant> {
    let (due, times) = unbounded_channel();
    thread::spawn(move || {
        for index in 0_u32.. {
            let time = intended(rate, start, index);
            if time >= end {
                return;
            }
            thread::sleep(time.saturating_duration_since(Instant::now()));
            if due.send(time).is_err() {
                return;
            }
        }
    });
    times
}

fn intended(rate: f64, start: Instant, index: u32) -> Instant {
    start + Duration::from_secs_f64(f64::from(index) / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_time_of_the_plan_is_told_however_late() {
        let start = Instant::now();
        let mut times = steady(1000.0, start, start + Duration::from_millis(50));
        let mut told = Vec::new();
        while let Some(time) = times.recv().await {
            told.push(time);
        }
        assert_eq!(told, (0..50).map(|index| intended(1000.0, start, index)).collect::<Vec<_>>());
    }
}
