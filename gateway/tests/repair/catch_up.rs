//! Joining with `afterRev`: what was missed, then what is live, without gap or double.

use serde_json::json;

use crate::bus::{Fate, changes};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_a_socket_catches_up_comes_after_it() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    for n in 1..=4 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    // Somebody is there already, so that the room is at a place.
    let mut there = node.joined(&ann, conversation).await;
    node.bus.tamper(changes(|_| Fate::Hold));
    for n in 5..=6 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    let mut client = node.client(&bob).await;
    let join = json!({"conversationId": conversation.to_string(), "afterRev": 2});
    let ack = client.done("join:conversation", join).await;
    assert_eq!((&ack["rev"], &ack["lastSeq"]), (&json!(6), &json!(6)));
    // The room is behind the socket: what it is told now, the socket knows.
    crate::eventually("both are held", async || node.bus.held() == 2).await;
    node.bus.release(&[0, 1]);
    node.bus.behave();
    world.send(&ann, conversation, "7").await;
    assert_eq!(client.revs_until(7).await, [3, 4, 5, 6, 7]);
    assert_eq!(there.revs_until(7).await, [5, 6, 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_socket_has_caught_up_with_is_not_new_again() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut there = node.joined(&ann, conversation).await;
    node.bus.lose_everything();
    let message = world.send(&ann, conversation, "one").await.stored.id.to_string();
    let mut client = node.client(&bob).await;
    let join = json!({"conversationId": conversation.to_string(), "afterRev": 0});
    client.done("join:conversation", join).await;
    assert_eq!(client.change().await.0, "new:message");
    // The room has still to hear of the message when it is edited.
    let edit = json!({"messageId": message, "text": "edited"});
    there.done("message:edit", edit).await;
    node.bus.gap(natter_domain::Topic::Conversation(conversation));
    let (name, told) = client.change().await;
    assert_eq!((name.as_str(), &told["text"]), ("message:updated", &json!("edited")));
    let (name, told) = there.change().await;
    assert_eq!((name.as_str(), &told["text"]), ("new:message", &json!("edited")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catch_up_in_several_pages_tells_each_message_once() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    // More than a reply holds.
    let text = "x".repeat(10_000);
    for _ in 0..120 {
        world.send(&ann, conversation, &text).await;
    }
    let mut client = node.client(&bob).await;
    let join = json!({"conversationId": conversation.to_string(), "afterRev": 0});
    client.done("join:conversation", join).await;
    assert_eq!(client.revs_until(120).await, (1..=120).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_missed_too_much_joins_nothing() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    for n in 1..=301 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    let mut client = node.client(&bob).await;
    let join = |rev| json!({"conversationId": conversation.to_string(), "afterRev": rev});
    let ack = client.call("join:conversation", join(0)).await;
    assert_eq!((&ack["success"], &ack["code"]), (&json!(false), &json!("RESYNC")));
    assert_eq!(client.until("error").await["code"], "RESYNC");
    let here = json!({"conversationId": conversation.to_string()});
    assert_eq!(client.call("typing:start", here).await["error"], "Not authorized");
    client.done("join:conversation", join(1)).await;
    assert_eq!(client.revs_until(301).await, (2..=301).collect::<Vec<_>>());
}
