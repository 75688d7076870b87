//! Direct conversations in a dialect in which they need no join: what a user's feed hears wrongly,
//! its sockets hear rightly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use natter_domain::{ConversationEvent, Event, Topic, UserEvent};
use serde_json::json;

use crate::bus::{Fate, direct_changes, direct_rev_of, rev_of};
use crate::world::World;
use crate::{REPAIRED, eventually};

/// Far enough apart to be told apart by times, which are in whole milliseconds.
const TICKS: Duration = Duration::from_millis(3);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_lost_is_fetched_and_told_in_its_place() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let (mut recipient, mut other_device) = (node.snake(&bob).await, node.snake(&ann).await);
    node.bus.tamper(direct_changes(|rev| if matches!(rev, 1 | 3 | 4) { Fate::Lose } else { Fate::Pass }));
    // The conversation is new while its sockets are here: even its first message is not missed.
    let conversation = world.direct(&ann, &bob).await;
    for n in 1..=5 {
        world.send(&ann, conversation, &format!("message {n}")).await;
    }
    for client in [&mut recipient, &mut other_device] {
        for n in 1..=5 {
            let (name, message) = client.change().await;
            assert_eq!((name.as_str(), &message["rev"]), ("new_message", &json!(n)));
            assert_eq!(message["content"], format!("message {n}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_very_last_change_that_was_lost_is_told_within_5_s() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let mut client = node.snake(&bob).await;
    let conversation = world.direct(&ann, &bob).await;
    node.bus.tamper(direct_changes(|_| Fate::Lose));
    world.send(&ann, conversation, "one").await;
    let sent = Instant::now();
    assert_eq!(client.revs_until(1).await, [1]);
    assert!(sent.elapsed() < REPAIRED, "{:?}", sent.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_the_first_that_is_heard_of_an_old_conversation() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let conversation = world.direct(&ann, &bob).await;
    world.send(&ann, conversation, "one").await;
    let mut client = node.snake(&bob).await;
    let there = Instant::now();
    eventually("it is there before", async || there.elapsed() > TICKS).await;
    node.bus.tamper(direct_changes(|_| Fate::Lose));
    world.send(&ann, conversation, "two").await;
    assert_eq!(client.revs_until(2).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_a_socket_is_no_news_to_it_when_the_end_is_said_again() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let conversation = world.direct(&ann, &bob).await;
    world.send_as(&ann, conversation, "one", Some("name")).await;
    let mut client = node.snake(&bob).await;
    let heads = Arc::new(AtomicUsize::default());
    let heard = heads.clone();
    node.bus.tamper(move |event| {
        let Event::User(UserEvent::Direct { event, .. }) = event else { return Fate::Pass };
        if matches!(**event, ConversationEvent::Head(_)) {
            heard.fetch_add(1, Ordering::SeqCst);
        }
        Fate::Pass
    });
    // Whoever sends again may do so because the first answer was lost, and the event with it.
    world.send_as(&ann, conversation, "one", Some("name")).await;
    eventually("the end is said again", async || heads.load(Ordering::SeqCst) > 0).await;
    world.send(&ann, conversation, "two").await;
    assert_eq!(client.revs_until(2).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_socket_has_paged_is_no_news_to_it_when_it_is_told_late() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let conversation = world.direct(&ann, &bob).await;
    world.send(&ann, conversation, "1").await;
    let (mut client, mut other_device) = (node.snake(&bob).await, node.snake(&bob).await);
    node.bus.tamper(direct_changes(|_| Fate::Hold));
    for n in 2..=4 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    eventually("all are held", async || node.bus.held() == 3).await;
    let cursor = json!({"conversationId": conversation.to_string(), "rev": 1});
    let page = client.done("sync", json!({"cursors": [cursor], "limit": 2})).await;
    assert_eq!(page["conversations"][0]["rev"], 3);
    node.bus.behave();
    node.bus.release(&[0, 1, 2]);
    world.send(&ann, conversation, "5").await;
    assert_eq!(client.revs_until(5).await, [4, 5]);
    assert_eq!(other_device.revs_until(5).await, [2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_double_and_overtake_each_other_are_told_once_and_in_order() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let mut client = node.snake(&bob).await;
    let conversation = world.direct(&ann, &bob).await;
    world.send(&ann, conversation, "1").await;
    assert_eq!(client.revs_until(1).await, [1]);
    node.bus.tamper(direct_changes(|_| Fate::Hold));
    for n in 2..=4 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    eventually("all are held", async || node.bus.held() == 3).await;
    node.bus.tamper(direct_changes(|_| Fate::Double));
    node.bus.release(&[2, 0, 1]);
    world.send(&ann, conversation, "5").await;
    world.send(&ann, conversation, "6").await;
    assert_eq!(client.revs_until(6).await, [2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_gap_everything_is_caught_up() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let mut client = node.snake(&bob).await;
    let conversation = world.direct(&ann, &bob).await;
    world.send(&ann, conversation, "1").await;
    assert_eq!(client.revs_until(1).await, [1]);
    node.bus.lose_everything();
    for n in 2..=4 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    node.bus.gap(Topic::Directs(bob.id));
    assert_eq!(client.revs_until(4).await, [2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_does_not_hear_of_what_it_sent_itself_even_where_that_is_fetched() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let (mut sender, mut recipient) = (node.snake(&ann).await, node.snake(&bob).await);
    let conversation = world.direct(&ann, &bob).await;
    node.bus.tamper(direct_changes(|rev| if rev == 1 { Fate::Lose } else { Fate::Pass }));
    sender.done("send_direct_message", json!({"recipientId": bob.id.to_string(), "content": "1"})).await;
    world.send(&ann, conversation, "2").await;
    assert_eq!(recipient.revs_until(2).await, [1, 2]);
    assert_eq!(sender.revs_until(2).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_dialects_hear_the_same_while_events_get_lost() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (one, two) = (world.gateway().await, world.gateway().await);
    let conversation = world.direct(&ann, &bob).await;
    let mut colon = one.joined(&bob, conversation).await;
    let mut snakes = [one.snake(&bob).await, two.snake(&bob).await, two.snake(&ann).await];
    world.send(&ann, conversation, "1").await;
    for client in &mut snakes {
        assert_eq!(client.revs_until(1).await, [1]);
    }
    for (node, lost) in [(&one, 3), (&two, 4)] {
        node.bus.tamper(move |event| match rev_of(event).or(direct_rev_of(event)) {
            Some(rev) if rev % lost == 0 => Fate::Lose,
            _ => Fate::Pass,
        });
    }
    for n in 2..=20 {
        world.send(if n % 2 == 0 { &ann } else { &bob }, conversation, &n.to_string()).await;
    }
    assert_eq!(colon.revs_until(20).await, (1..=20).collect::<Vec<_>>());
    for client in &mut snakes {
        assert_eq!(client.revs_until(20).await, (2..=20).collect::<Vec<_>>());
    }
}
