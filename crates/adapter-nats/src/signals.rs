//! What subscribers are to be told beside events.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use futures::task::AtomicWaker;
use metrics::gauge;

/// For one subscriber.
#[derive(Default)]
pub(crate) struct Signal {
    lost: AtomicBool,
    gap: AtomicBool,
    closed: AtomicBool,
    reader: AtomicWaker,
}

impl Signal {
    /// Has the reader woken when there is something new.
    pub(crate) fn register(&self, reader: &Waker) {
        self.reader.register(reader);
    }

    /// Whether it is time to tell of a gap.
    pub(crate) fn take_gap(&self) -> bool {
        let gap = self.gap.swap(false, Ordering::AcqRel);
        if gap {
            self.take_lost();
        }
        gap
    }

    /// Whether something may have been lost before the next event, although it is too early to look
    /// at the store: more may be lost.
    pub(crate) fn take_lost(&self) -> bool {
        self.lost.swap(false, Ordering::AcqRel)
    }

    /// Whether the bus is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// Those of all subscribers.
#[derive(Default)]
pub(crate) struct Signals(Mutex<Listeners>);

#[derive(Default)]
struct Listeners {
    next: u64,
    signals: HashMap<u64, Arc<Signal>>,
}

impl Signals {
    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more subscriber, until the answer is dropped.
    pub(crate) fn add(self: &Arc<Self>) -> Listener {
        let signal = Arc::<Signal>::default();
        let mut listeners = self.listeners();
        let number = listeners.next;
        listeners.next += 1;
        listeners.signals.insert(number, Arc::clone(&signal));
        gauge!("natter_nats_subscriptions").increment(1);
        Listener { signals: Arc::clone(self), number, signal }
    }

    /// Something may have been lost, and more may be: subscribers are told before their next event,
    /// should there be one before [`Signals::gap`].
    pub(crate) fn lost(&self) {
        for signal in self.listeners().signals.values() {
            signal.lost.store(true, Ordering::Release);
        }
    }

    /// Something may have been lost, and all is well again: subscribers are told at once.
    pub(crate) fn gap(&self) {
        for signal in self.listeners().signals.values() {
            signal.gap.store(true, Ordering::Release);
            signal.reader.wake();
        }
    }

    /// The bus is gone.
    pub(crate) fn close(&self) {
        for signal in self.listeners().signals.values() {
            signal.closed.store(true, Ordering::Release);
            signal.reader.wake();
        }
    }
}

/// A subscriber's place among the others.
pub(crate) struct Listener {
    signals: Arc<Signals>,
    number: u64,
    pub(crate) signal: Arc<Signal>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.signals.listeners().signals.remove(&self.number);
        gauge!("natter_nats_subscriptions").decrement(1);
    }
}
