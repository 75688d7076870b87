//! What waits for one subscriber.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Space that an empty queue may keep, in entries.
const KEPT: usize = 16;

/// One that waits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// An encoded event.
    Event(Bytes),
    /// Here some were lost.
    Gap,
}

/// A bounded queue with one reader. An empty one takes no more space than its own.
pub(super) struct Queue {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    reader: Option<Waker>,
    closed: bool,
}

impl Queue {
    /// For at most `capacity` events.
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event; the first that finds no room leaves a gap, and the next ones nothing.
    pub(super) fn push(&self, event: Bytes) {
        let reader = {
            let mut state = self.state();
            if state.entries.len() < self.capacity {
                state.entries.push_back(Entry::Event(event));
            } else if state.entries.back() != Some(&Entry::Gap) {
                state.entries.push_back(Entry::Gap);
            }
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Nothing comes after what is there.
    pub(super) fn close(&self) {
        let reader = {
            let mut state = self.state();
            state.closed = true;
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Takes the first entry; `None` once closed and empty.
    pub(super) fn poll_pop(&self, context: &Context<'_>) -> Poll<Option<Entry>> {
        let mut state = self.state();
        if let Some(entry) = state.entries.pop_front() {
            if state.entries.is_empty() && state.entries.capacity() > KEPT {
                state.entries = VecDeque::new();
            }
            return Poll::Ready(Some(entry));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt as _;

    use super::*;

    fn pop(queue: &Queue) -> Option<Entry> {
        pin!(std::future::poll_fn(|context| queue.poll_pop(context))).now_or_never().flatten()
    }

    fn event(n: u8) -> Bytes {
        Bytes::copy_from_slice(&[n])
    }

    #[test]
    fn an_overflow_is_one_gap_in_its_place() {
        let queue = Queue::new(2);
        for n in 0..5 {
            queue.push(event(n));
        }
        assert_eq!(pop(&queue), Some(Entry::Event(event(0))));
        // Still no room: the gap takes it.
        queue.push(event(5));
        assert_eq!(pop(&queue), Some(Entry::Event(event(1))));
        queue.push(event(6));
        assert_eq!(pop(&queue), Some(Entry::Gap));
        assert_eq!(pop(&queue), Some(Entry::Event(event(6))));
        assert_eq!(pop(&queue), None);
        queue.push(event(7));
        assert_eq!(pop(&queue), Some(Entry::Event(event(7))));
    }

    #[test]
    fn an_empty_one_keeps_no_space() {
        let queue = Queue::new(1_000);
        assert_eq!(queue.state().entries.capacity(), 0);
        for _ in 0..1_000 {
            queue.push(event(0));
        }
        while pop(&queue).is_some() {}
        assert!(queue.state().entries.capacity() <= KEPT);
    }
}
