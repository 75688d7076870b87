//! Two gateways on one bus: both sides see the same.

use serde_json::json;

use crate::bus::{Fate, changes};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_the_same_in_the_same_order_whatever_their_gateway_has_lost() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (one, other) = (world.gateway().await, world.gateway().await);
    let conversation = world.direct(&ann, &bob).await;
    let mut anns = one.joined(&ann, conversation).await;
    let mut bobs = other.joined(&bob, conversation).await;
    one.bus.tamper(changes(|rev| if rev % 3 == 1 { Fate::Lose } else { Fate::Double }));
    other.bus.tamper(changes(|rev| if rev % 4 == 2 { Fate::Lose } else { Fate::Pass }));
    let mut messages = Vec::new();
    for n in 0..10 {
        let client = if n % 2 == 0 { &mut anns } else { &mut bobs };
        let send =
            json!({"conversationId": conversation.to_string(), "text": n.to_string(), "messageType": "text"});
        messages.push(client.done("send:message", send).await["messageId"].clone());
    }
    anns.done("message:delete", json!({"messageId": messages[0]})).await;
    bobs.done("message:react", json!({"messageId": messages[2], "emoji": "👍"})).await;
    anns.done("message:edit", json!({"messageId": messages[4], "text": "edited"})).await;
    // An end that both hear of at once.
    one.bus.behave();
    other.bus.behave();
    world.send(&ann, conversation, "the end").await;

    for client in [&mut anns, &mut bobs] {
        let mut last = 0;
        let mut known = std::collections::HashMap::new();
        while last < 14 {
            let (name, change) = client.change().await;
            let rev = change["rev"].as_u64().unwrap();
            assert!(rev > last, "{rev} after {last}");
            last = rev;
            let id = change.get("_id").unwrap_or(&change["messageId"]).to_string();
            let is_known = known.insert(id, change).is_some();
            assert_eq!(name == "new:message", !is_known, "{name} at {rev}");
        }
        assert_eq!(known.len(), 11);
        assert_eq!(known[&messages[2].to_string()]["reactions"][0]["userIds"], json!([bob.id.to_string()]));
        assert_eq!(known[&messages[4].to_string()]["text"], "edited");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_reading_reach_the_other_gateway() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (one, other) = (world.gateway().await, world.gateway().await);
    let conversation = world.direct(&ann, &bob).await;
    let mut anns = one.joined(&ann, conversation).await;
    let mut bobs = other.joined(&bob, conversation).await;
    let here = json!({"conversationId": conversation.to_string()});
    bobs.done("typing:start", here.clone()).await;
    assert_eq!(anns.until("typing:start").await["userId"], bob.id.to_string());
    // Who goes without a word types no longer.
    drop(bobs);
    assert_eq!(anns.until("typing:stop").await["userId"], bob.id.to_string());
    let message = world.send(&ann, conversation, "hello").await.stored.id.to_string();
    let mut bobs = other.joined(&bob, conversation).await;
    let read = json!({"conversationId": conversation.to_string(), "messageIds": []});
    bobs.done("message:read", read).await;
    let told = anns.until("messages:read").await;
    assert_eq!((&told["readBy"], &told["messageIds"]), (&json!(bob.id.to_string()), &json!([message])));
}
