//! Who has subscribed to what.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::task::{Context, Poll, ready};

use futures::Stream;
use natter_domain::event::{Event, Topic};
use natter_domain::ports::Published;
use natter_proto::{decode_event, encode_event};
use tokio::task::coop;

use super::queue::{Entry, Queue};

type Subscribers = HashMap<Topic, Vec<Arc<Queue>>>;

/// The topics that somebody has subscribed to; others take no space.
pub(super) struct Topics {
    subscribers: RwLock<Subscribers>,
    capacity: usize,
}

impl Topics {
    /// With so many events at most waiting for each subscriber.
    pub(super) fn new(capacity: usize) -> Self {
        Self { subscribers: RwLock::default(), capacity }
    }

    fn change(&self) -> RwLockWriteGuard<'_, Subscribers> {
        self.subscribers.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, topic: Topic, event: &Event) {
        let subscribers = {
            let topics = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
            match topics.get(&topic) {
                Some(queues) => queues.clone(),
                None => return,
            }
        };
        let bytes = encode_event(event);
        for queue in subscribers {
            queue.push(bytes.clone());
        }
    }

    pub(super) fn subscribe(self: &Arc<Self>, topic: Topic) -> Events {
        let queue = Arc::new(Queue::new(self.capacity));
        self.change().entry(topic).or_default().push(Arc::clone(&queue));
        Events { queue, topic, topics: Arc::downgrade(self) }
    }

    fn remove(&self, topic: Topic, queue: &Arc<Queue>) {
        let mut topics = self.change();
        if let Some(queues) = topics.get_mut(&topic) {
            queues.retain(|other| !Arc::ptr_eq(other, queue));
            if queues.is_empty() {
                topics.remove(&topic);
            }
        }
    }

    /// Ends all subscriptions.
    pub(super) fn close(&self) {
        for queue in self.change().drain().flat_map(|(_, queues)| queues) {
            queue.close();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.change().len()
    }
}

/// A subscription, until it is dropped.
pub(super) struct Events {
    queue: Arc<Queue>,
    topic: Topic,
    topics: Weak<Topics>,
}

impl Stream for Events {
    type Item = Published;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Published>> {
        // A busy topic must not keep its subscriber's thread from other tasks.
        let progress = ready!(coop::poll_proceed(context));
        let entry = ready!(self.queue.poll_pop(context));
        progress.made_progress();
        Poll::Ready(entry.map(|entry| match entry {
            Entry::Gap => Published::Gap,
            Entry::Event(bytes) => decode_event(&bytes).map_or_else(
                |error| {
                    tracing::error!(%error, "an event can't be read");
                    Published::Gap
                },
                Published::Event,
            ),
        }))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(topics) = self.topics.upgrade() {
            topics.remove(self.topic, &self.queue);
        }
    }
}
