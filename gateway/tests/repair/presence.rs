//! Presence that has forgotten everybody is told again.

use natter_domain::command::WhoIsConnected;
use serde_json::json;

use crate::eventually;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_a_lease_reports_everybody_again() {
    let mut world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let _clients = [node.client(&ann).await, node.client(&bob).await];
    let users = vec![ann.id, bob.id];
    let all = |world: &World| {
        let (commands, users) = (world.commands.clone(), users.clone());
        async move { commands.call(WhoIsConnected { users }).await.is_ok_and(|online| online.len() == 2) }
    };
    eventually("both are online", async || all(&world).await).await;
    world.start_presence().await;
    assert!(!all(&world).await);
    eventually("both are online again", async || all(&world).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_reported_is_reported_later() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let node = world.gateway().await;
    let conversation = world.direct(&ann, &bob).await;
    let message = world.send(&ann, conversation, "hello").await.stored.id.to_string();
    let mut author = node.client(&ann).await;
    node.bus.refuse(&["ReportSockets"]);
    let _reader = node.client(&bob).await;
    eventually("it was tried more than once", async || node.bus.refusals() >= 2).await;
    let ack = author.done("presence:get", json!({"userIds": [bob.id.to_string()]})).await;
    assert_eq!(ack["users"][0]["status"], "offline");
    node.bus.refuse(&[]);
    // What waited for the one who came is delivered once presence knows of them.
    assert_eq!(author.until("message:delivered").await["messageId"], message);
    let ack = author.done("presence:get", json!({"userIds": [bob.id.to_string()]})).await;
    assert_eq!(ack["users"][0]["status"], "online");
}
