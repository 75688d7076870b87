//! Services that don't answer for a while: what was missed then is repaired after.

use natter_domain::Topic;
use natter_domain::command::RemoveParticipant;
use serde_json::json;

use crate::bus::{Fate, changes};
use crate::world::World;
use crate::{eventually, until_refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_that_cannot_be_filled_is_filled_later() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    node.bus.refuse(&["ReadChanges"]);
    node.bus.tamper(changes(|rev| if rev == 1 { Fate::Lose } else { Fate::Pass }));
    for n in 1..=3 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    eventually("it was tried more than once", async || node.bus.refusals() >= 2).await;
    node.bus.refuse(&[]);
    assert_eq!(client.revs_until(3).await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_cannot_be_looked_at_is_looked_at_later() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut client = node.joined(&bob, conversation).await;
    // Nothing but the gap says that something is missing, not even the repeated head.
    node.bus.lose_everything();
    node.bus.refuse(&["ReadChanges"]);
    world.send(&ann, conversation, "one").await;
    node.bus.gap(Topic::Conversation(conversation));
    eventually("it was tried more than once", async || node.bus.refusals() >= 2).await;
    node.bus.refuse(&[]);
    assert_eq!(client.revs_until(1).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_taken_out_in_a_gap_goes_as_soon_as_it_can_be_told() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.group(&[&ann, &bob]).await);
    let mut admin = node.joined(&ann, conversation).await;
    let mut member = node.joined(&bob, conversation).await;
    node.bus.lose_everything();
    node.bus.refuse(&["JoinConversation"]);
    let remove = RemoveParticipant { user: ann.id, conversation, participant: bob.id };
    world.commands.call(remove).await.unwrap();
    node.bus.gap(Topic::Conversation(conversation));
    eventually("it was tried more than once", async || node.bus.refusals() >= 4).await;
    node.bus.behave();
    node.bus.refuse(&[]);
    let typing = json!({"conversationId": conversation.to_string()});
    until_refused(&mut member, "typing:start", &typing).await;
    world.send(&ann, conversation, "among us").await;
    assert_eq!(admin.revs_until(1).await, [1]);
    member.has_none(&["new:message"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_failed_can_be_done_again() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    for n in 1..=3 {
        world.send(&ann, conversation, &n.to_string()).await;
    }
    let mut client = node.client(&bob).await;
    let join = json!({"conversationId": conversation.to_string(), "afterRev": 1});
    for refused in ["JoinConversation", "ReadChanges"] {
        node.bus.refuse(&[refused]);
        let ack = client.call("join:conversation", join.clone()).await;
        assert_eq!(
            (&ack["error"], &ack["code"]),
            (&json!("Failed to join conversation"), &json!("UNAVAILABLE"))
        );
    }
    node.bus.refuse(&[]);
    let ack = client.done("join:conversation", join).await;
    assert_eq!((&ack["rev"], &ack["lastSeq"]), (&json!(3), &json!(3)));
    assert_eq!(client.revs_until(3).await, [2, 3]);
}
