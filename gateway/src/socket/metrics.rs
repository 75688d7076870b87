//! What is counted. Taken from the recorder once, when the server is made: install it before.

use metrics::{Counter, Gauge, counter, gauge};

use super::CloseReason;

pub(super) struct Metrics {
    pub(super) open: Gauge,
    pub(super) events_in: Counter,
    pub(super) events_dropped: Counter,
    pub(super) frames_out: Counter,
    pub(super) refused: Counter,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            open: gauge!("natter_sockets_open"),
            events_in: counter!("natter_socket_events_in_total"),
            events_dropped: counter!("natter_socket_events_dropped_total"),
            frames_out: counter!("natter_socket_frames_out_total"),
            refused: counter!("natter_sockets_refused_total"),
        }
    }

    /// Counts a socket as open, until the answer is dropped.
    pub(super) fn opened(&self) -> Counted {
        self.open.increment(1);
        Counted(self.open.clone())
    }
}

pub(super) struct Counted(Gauge);

impl Counted {
    pub(super) fn closed(self, reason: CloseReason) {
        counter!("natter_sockets_closed_total", "reason" => reason.as_str()).increment(1);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
