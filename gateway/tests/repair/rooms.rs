//! What a room hears wrongly, its sockets hear rightly.

use std::time::Instant;

use natter_domain::Topic;
use serde_json::json;

use crate::bus::{Fate, changes};
use crate::world::World;
use crate::{REPAIRED, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_lost_is_fetched_and_told_in_its_place() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.tamper(changes(|rev| if rev == 2 || rev == 3 { Fate::Lose } else { Fate::Pass }));
    for n in 1..=4 {
        world.send(&ann, conversation, &format!("message {n}")).await;
    }
    for n in 1..=4 {
        let (name, message) = client.change().await;
        assert_eq!(name, "new:message");
        assert_eq!((&message["rev"], &message["seq"]), (&json!(n), &json!(n)));
        assert_eq!(message["text"], format!("message {n}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_very_last_change_that_was_lost_is_told_within_5_s() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.tamper(changes(|rev| if rev == 2 { Fate::Lose } else { Fate::Pass }));
    world.send(&ann, conversation, "one").await;
    world.send(&ann, conversation, "two").await;
    let sent = Instant::now();
    assert_eq!(client.revs_until(2).await, [1, 2]);
    assert!(sent.elapsed() < REPAIRED, "{:?}", sent.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_comes_twice_is_told_once() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.tamper(changes(|_| Fate::Double));
    for n in 1..=5 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    node.bus.behave();
    world.send(&ann, conversation, "6").await;
    assert_eq!(client.revs_until(6).await, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_overtake_each_other_are_told_in_order() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.tamper(changes(|_| Fate::Hold));
    for n in 1..=5 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    eventually("all are held", async || node.bus.held() == 5).await;
    node.bus.behave();
    node.bus.release(&[4, 2, 0, 3, 1]);
    assert_eq!(client.revs_until(5).await, [1, 2, 3, 4, 5]);
    world.send(&ann, conversation, "6").await;
    assert_eq!(client.revs_until(6).await, [6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_gap_everything_is_caught_up() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.lose_everything();
    for n in 1..=3 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    node.bus.gap(Topic::Conversation(conversation));
    assert_eq!(client.revs_until(3).await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_page_that_was_lost_comes_whole_and_each_message_as_new_once() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.lose_everything();
    let first = world.send(&ann, conversation, "0").await.stored.id;
    for n in 1..320 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    let mut author = world.gateway().await.client(&ann).await;
    author.done("message:edit", json!({"messageId": first.to_string(), "text": "edited"})).await;
    node.bus.behave();
    node.bus.gap(Topic::Conversation(conversation));
    for rev in 2..=321 {
        let (name, message) = client.change().await;
        assert_eq!((name.as_str(), &message["rev"]), ("new:message", &json!(rev)));
    }
}
