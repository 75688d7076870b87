//! What can be set.

use std::time::Duration;

/// Durations and bounds; the defaults are those of the design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a gateway is believed after a report. Gateways report every 5 s.
    pub lease: Duration,
    /// How long a user without sockets is still online: a page that is loaded again is no flicker.
    pub grace: Duration,
    /// How often those are looked for who have gone.
    pub sweep_interval: Duration,
    /// Transitions that a sweep takes upon itself at a time: as many as are told within
    /// [`TIME_TO_TELL`](natter_domain::ports::TIME_TO_TELL) also where that is slow.
    pub sweep_limit: usize,
    /// Users of whom is told at the same time.
    pub notices_at_once: usize,
    /// Reports whose users still wait to be told of. Those of a report past that come with a sweep.
    pub reports_pending: usize,
    /// How long notices under way may take once the service stops.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            grace: Duration::from_secs(5),
            sweep_interval: Duration::from_secs(1),
            sweep_limit: 100,
            notices_at_once: 32,
            reports_pending: 1_000,
            drain: Duration::from_secs(5),
        }
    }
}
