//! The events of one socket that wait for its task.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::event::RawEvent;

/// An empty queue keeps at most this many places.
const KEPT: usize = 16;

/// A bounded queue with one reader. Unlike a channel of tokio's, which starts with a block of 32
/// places, it holds no memory until something waits.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<RawEvent>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    fn pop(&mut self) -> Option<RawEvent> {
        let event = self.events.pop_front()?;
        self.bytes -= event.size();
        if self.events.is_empty() {
            self.events.shrink_to(KEPT);
        }
        Some(event)
    }
}

/// What an inbox may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

/// An event that found no place.
#[derive(Debug)]
pub(super) enum Rejected {
    Full(RawEvent),
    Closed,
}

impl Inbox {
    pub(super) fn push(&self, event: RawEvent, bounds: Bounds) -> Result<(), Rejected> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(Rejected::Closed);
        }
        let bytes = queue.bytes + event.size();
        if queue.events.len() >= bounds.events || bytes > bounds.bytes {
            return Err(Rejected::Full(event));
        }
        queue.bytes = bytes;
        queue.events.push_back(event);
        drop(queue);
        self.changed.notify_one();
        Ok(())
    }

    /// The next event, or none once the inbox is closed and empty. Cancel safe.
    pub(super) async fn next(&self) -> Option<RawEvent> {
        loop {
            {
                let mut queue = self.lock();
                if let Some(event) = queue.pop() {
                    return Some(event);
                }
                if queue.closed {
                    return None;
                }
            }
            // A notification between the look above and this wait is kept for it.
            self.changed.notified().await;
        }
    }

    /// Takes the next event if it waits already and `pick` makes something of it; what that is, and
    /// the event's ack.
    pub(super) fn take_next<T>(&self, pick: impl FnOnce(&RawEvent) -> Option<T>) -> Option<(T, Option<i64>)> {
        let mut queue = self.lock();
        let picked = pick(queue.events.front()?)?;
        let event = queue.pop()?;
        Some((picked, event.ack))
    }

    /// Takes no more events; what waits is still given out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Takes no more events and drops those that wait.
    pub(super) fn close_and_clear(&self) {
        let mut queue = self.lock();
        *queue = Queue { closed: true, ..Queue::default() };
        drop(queue);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { events: 3, bytes: 100 };

    fn event(name: &str) -> RawEvent {
        RawEvent::parse(&format!("[\"{name}\"]"), 0, None).unwrap()
    }

    #[tokio::test]
    async fn events_come_out_in_order_until_it_is_closed() {
        let inbox = Inbox::default();
        for name in ["a", "b", "c"] {
            inbox.push(event(name), BOUNDS).unwrap();
        }
        assert!(matches!(inbox.push(event("d"), BOUNDS), Err(Rejected::Full(_))));
        inbox.close();
        assert!(matches!(inbox.push(event("e"), BOUNDS), Err(Rejected::Closed)));
        for name in ["a", "b", "c"] {
            assert_eq!(inbox.next().await.unwrap().name, name);
        }
        assert!(inbox.next().await.is_none());
    }

    #[tokio::test]
    async fn bytes_are_bounded_and_given_back() {
        let inbox = Inbox::default();
        let long = "x".repeat(60);
        inbox.push(event(&long), BOUNDS).unwrap();
        assert!(matches!(inbox.push(event(&long), BOUNDS), Err(Rejected::Full(_))));
        inbox.next().await.unwrap();
        inbox.push(event(&long), BOUNDS).unwrap();
    }

    #[tokio::test]
    async fn what_waits_next_is_taken_only_if_it_is_wanted() {
        let inbox = Inbox::default();
        let want = |wanted: &'static str| move |event: &RawEvent| (event.name == wanted).then_some(wanted);
        assert_eq!(inbox.take_next(want("a")), None);
        for name in ["a", "b"] {
            inbox.push(event(name), BOUNDS).unwrap();
        }
        assert_eq!(inbox.take_next(want("b")), None, "a is before it");
        assert_eq!(inbox.take_next(want("a")), Some(("a", None)));
        assert_eq!(inbox.next().await.unwrap().name, "b");
    }

    #[tokio::test]
    async fn clearing_drops_what_waits_and_wakes_the_reader() {
        let inbox = Inbox::default();
        inbox.push(event("a"), BOUNDS).unwrap();
        inbox.close_and_clear();
        assert!(inbox.next().await.is_none());
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken() {
        let inbox = Inbox::default();
        let (read, ()) = tokio::join!(inbox.next(), async {
            tokio::task::yield_now().await;
            inbox.push(event("a"), BOUNDS).unwrap();
        });
        assert_eq!(read.unwrap().name, "a");
    }
}
