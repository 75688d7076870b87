//! A subscription to a topic.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use async_nats::{HeaderMap, Subscriber};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use metrics::counter;
use natter_domain::ports::Published;
use natter_proto::decode_event;
use tokio::task::coop;

use crate::signals::Listener;
use crate::trace;

/// Space that an empty queue may keep, in entries.
const KEPT: usize = 16;

/// What has been taken from the client.
enum Entry {
    Event(Bytes, Option<HeaderMap>),
    Gap,
}

/// A subscription, until it is dropped. Needs no task of its own.
///
/// The client drops messages that find its queue for this subscription full, and does not say
/// where. But after its queue was seen empty, the first that can be dropped comes after as many as
/// there is room for: so whenever something is there, the queue is emptied at once; what comes out
/// past its capacity is let go, and a gap stands in its place.
pub(crate) struct Events {
    subscriber: Subscriber,
    capacity: usize,
    taken: VecDeque<Entry>,
    ended: bool,
    listener: Listener,
}

impl Events {
    /// Reads a subscription whose queue takes so many.
    pub(crate) fn new(subscriber: Subscriber, capacity: usize, listener: Listener) -> Self {
        Self { subscriber, capacity, taken: VecDeque::new(), ended: false, listener }
    }

    /// Takes all that the client has for us.
    fn empty_queue(&mut self, context: &mut Context<'_>) {
        let mut count = 0_usize;
        // Without a bound on the work: `Pending` must mean that the queue was seen empty.
        while let Poll::Ready(message) = pin!(coop::unconstrained(self.subscriber.next())).poll(context) {
            let Some(message) = message else {
                self.ended = true;
                break;
            };
            count += 1;
            if count <= self.capacity {
                self.taken.push_back(Entry::Event(message.payload, message.headers));
            }
        }
        if count >= self.capacity {
            counter!("natter_nats_gaps_total", "cause" => "slow_subscriber").increment(1);
            self.taken.push_back(Entry::Gap);
        }
    }

    fn pop(&mut self) -> Option<Published> {
        let entry = self.taken.pop_front()?;
        if self.taken.is_empty() && self.taken.capacity() > KEPT {
            self.taken = VecDeque::new();
        }
        Some(match entry {
            Entry::Event(payload, headers) => read(&payload, headers.as_ref()),
            Entry::Gap => Published::Gap,
        })
    }
}

impl Stream for Events {
    type Item = Published;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Published>> {
        // A busy topic must not keep its subscriber's thread from other tasks.
        let progress = ready!(coop::poll_proceed(context));
        if let Some(published) = self.pop() {
            progress.made_progress();
            return Poll::Ready(Some(published));
        }
        // Before looking at the signal, so that none is missed in between.
        self.listener.signal.register(context.waker());
        if self.listener.signal.take_gap() {
            progress.made_progress();
            counter!("natter_nats_gaps_total", "cause" => "reconnected").increment(1);
            return Poll::Ready(Some(Published::Gap));
        }
        self.empty_queue(context);
        if !self.taken.is_empty() && self.listener.signal.take_lost() {
            self.taken.push_front(Entry::Gap);
        }
        match self.pop() {
            Some(published) => {
                progress.made_progress();
                Poll::Ready(Some(published))
            }
            None if self.ended || self.listener.signal.is_closed() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

fn read(payload: &[u8], headers: Option<&HeaderMap>) -> Published {
    if headers.is_some() {
        // Of a traced command: show when its event came here.
        trace::extract(headers, &tracing::info_span!("receive_event"));
    }
    decode_event(payload).map_or_else(
        |error| {
            tracing::error!(%error, "an event can't be read");
            Published::Gap
        },
        Published::Event,
    )
}
