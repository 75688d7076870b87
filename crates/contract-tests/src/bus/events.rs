//! Laws of event buses.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite of tests")]

use std::time::Duration;

use futures::StreamExt as _;
use natter_domain::event::{ConversationEvent, Event, Topic};
use natter_domain::message::Head;
use natter_domain::ports::{EventBus, Published, Subscription};
use natter_domain::{ConversationId, UserId};

use super::soon;

/// Makes the tests.
#[macro_export]
macro_rules! event_bus_suite {
    ($make:expr) => {
        $crate::event_bus_suite!(@each $make;
            loses_nothing_after_subscribing
            keeps_each_publishers_order
            reaches_every_subscriber
            can_be_flushed
            keeps_topics_apart
            takes_what_nobody_hears
            tells_of_a_gap_and_goes_on
            ends_a_subscription_that_is_dropped
            is_connected
        );
    };
    (@each $make:expr; $($law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $law() {
            let made = $make;
            let [first, second] = &made.buses;
            $crate::bus::events::$law(&**first, &**second, made.overflow).await;
        }
    )*};
}

fn topic(n: u8) -> Topic {
    Topic::Conversation(ConversationId::from_bytes([n; 12]))
}

/// An event of publisher `by`, the `n`th.
fn event(by: u64, n: usize) -> Event {
    Event::Conversation(ConversationEvent::Head(Head { rev: n as u64, seq: by }))
}

async fn publish(bus: &dyn EventBus, topic: Topic, event: Event) {
    soon("publishing does not wait", bus.publish(topic, event)).await.expect("publishes");
}

async fn subscribe(bus: &dyn EventBus, topic: Topic) -> Subscription {
    soon("subscribes", bus.subscribe(topic)).await.expect("subscribes")
}

async fn next(events: &mut Subscription) -> Published {
    soon("an event arrives", events.next()).await.expect("the subscription goes on")
}

/// What is published right after `subscribe` returned arrives, wherever it is published.
pub async fn loses_nothing_after_subscribing(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    for n in 0..200 {
        let mut events = subscribe(here, topic(n)).await;
        publish(there, topic(n), event(0, 1)).await;
        assert_eq!(next(&mut events).await, Published::Event(event(0, 1)));
    }
}

/// Each publisher's events arrive in its order, each once.
pub async fn keeps_each_publishers_order(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    const EACH: usize = 200;
    let mut events = subscribe(here, topic(1)).await;
    let all = async |bus, by| {
        for n in 0..EACH {
            publish(bus, topic(1), event(by, n)).await;
        }
    };
    futures::join!(all(here, 0), all(there, 1));
    let mut arrived = [0, 0];
    for _ in 0..2 * EACH {
        let Published::Event(Event::Conversation(ConversationEvent::Head(head))) = next(&mut events).await
        else {
            panic!("nothing else was published");
        };
        let next = arrived.get_mut(head.seq as usize).expect("one of two publishers");
        assert_eq!(head.rev, *next);
        *next += 1;
    }
}

/// All subscribers of a topic hear the same.
pub async fn reaches_every_subscriber(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    let mut subscriptions =
        [subscribe(here, topic(1)).await, subscribe(here, topic(1)).await, subscribe(there, topic(1)).await];
    for n in 0..100 {
        publish(there, topic(1), event(0, n)).await;
    }
    for events in &mut subscriptions {
        for n in 0..100 {
            assert_eq!(next(events).await, Published::Event(event(0, n)));
        }
    }
}

/// Once it is flushed, what was published arrives without its publisher.
pub async fn can_be_flushed(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    let mut events = subscribe(here, topic(1)).await;
    for n in 0..100 {
        publish(there, topic(1), event(0, n)).await;
        soon("flushes", there.flush()).await.expect("flushes");
        assert_eq!(next(&mut events).await, Published::Event(event(0, n)));
    }
}

/// A subscriber hears its topic alone, also where the ids are the same.
pub async fn keeps_topics_apart(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    let topics = [
        topic(1),
        topic(2),
        Topic::User(UserId::from_bytes([1; 12])),
        Topic::Directs(UserId::from_bytes([1; 12])),
        Topic::Directory,
    ];
    let mut subscriptions = Vec::new();
    for topic in topics {
        subscriptions.push(subscribe(here, topic).await);
    }
    for _ in 0..2 {
        for (n, topic) in topics.into_iter().enumerate() {
            publish(there, topic, event(0, n)).await;
        }
    }
    for (n, events) in subscriptions.iter_mut().enumerate() {
        for _ in 0..2 {
            assert_eq!(next(events).await, Published::Event(event(0, n)));
        }
    }
}

/// Publishing where nobody listens is no error.
pub async fn takes_what_nobody_hears(here: &dyn EventBus, _: &dyn EventBus, _: usize) {
    publish(here, topic(1), event(0, 1)).await;
}

/// A subscriber that does not read never holds up a publisher; where it has lost something it is
/// told so in that place, and hears what comes later.
pub async fn tells_of_a_gap_and_goes_on(here: &dyn EventBus, there: &dyn EventBus, overflow: usize) {
    let mut events = subscribe(here, topic(1)).await;
    for n in 0..overflow {
        publish(there, topic(1), event(0, n)).await;
    }
    let (mut expected, mut gaps, mut gap_before, mut later) = (0, 0, false, overflow);
    while expected <= overflow as u64 {
        let Ok(heard) = tokio::time::timeout(Duration::from_millis(500), events.next()).await else {
            publish(there, topic(1), event(0, later)).await;
            later += 1;
            assert!(later < overflow + 20, "nothing comes any more");
            continue;
        };
        match heard.expect("the subscription goes on") {
            Published::Gap => {
                gap_before = true;
                gaps += 1;
            }
            Published::Event(Event::Conversation(ConversationEvent::Head(head))) => {
                assert!(head.rev == expected || (gap_before && head.rev > expected), "lost without a gap");
                (expected, gap_before) = (head.rev + 1, false);
            }
            Published::Event(other) => panic!("nobody published {other:?}"),
        }
    }
    assert!(gaps > 0, "{overflow} are too few to lose one");
}

/// Dropping one subscription leaves the others, and its topic can be subscribed to again.
pub async fn ends_a_subscription_that_is_dropped(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    let dropped = subscribe(here, topic(1)).await;
    let mut stays = subscribe(here, topic(1)).await;
    drop(dropped);
    publish(there, topic(1), event(0, 1)).await;
    assert_eq!(next(&mut stays).await, Published::Event(event(0, 1)));
    drop(stays);
    let mut again = subscribe(here, topic(1)).await;
    publish(there, topic(1), event(0, 2)).await;
    assert_eq!(next(&mut again).await, Published::Event(event(0, 2)));
}

/// A bus that works says so.
pub async fn is_connected(here: &dyn EventBus, there: &dyn EventBus, _: usize) {
    assert!(here.connected() && there.connected());
}
