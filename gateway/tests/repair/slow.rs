//! A client that doesn't read goes; the others of its room don't notice.

use std::time::{Duration, Instant};

use natter_domain::Topic;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_disconnected_and_the_others_hear_everything() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let conversation = world.direct(&ann, &bob).await;
    let node = world
        .gateway_with(|config| {
            config.outbound_queue = 64.try_into().unwrap();
            config.write_timeout = Duration::from_secs(1);
        })
        .await;
    let mut reader = node.joined(&bob, conversation).await;
    let mut stopped = crate::client::Client::connect_small(node.address, &bob.token).await;
    stopped.done("join:conversation", json!({"conversationId": conversation.to_string()})).await;
    let text = "x".repeat(10_000);
    let started = Instant::now();
    let mut rev = 0;
    let presence = natter_domain::command::WhoIsConnected { users: vec![bob.id] };
    // More than the kernel's buffers and the queue hold.
    while started.elapsed() < Duration::from_secs(3) || rev < 1_000 {
        rev += 1;
        world.send(&ann, conversation, &text).await;
        assert_eq!(reader.revs_until(rev).await, [rev]);
    }
    // What it reads now is a beginning, and then the end.
    let names = stopped.rest(crate::BOUND).await;
    let heard = names.iter().filter(|name| *name == "new:message").count() as u64;
    assert!(heard < rev, "{heard} of {rev}");
    // It comes back, and catches up.
    let mut back = node.client(&bob).await;
    let join = json!({"conversationId": conversation.to_string(), "afterRev": rev - 40});
    back.done("join:conversation", join).await;
    assert_eq!(back.revs_until(rev).await, (rev - 39..=rev).collect::<Vec<_>>());
    assert!(world.commands.call(presence).await.unwrap().contains(&bob.id));
    node.bus.gap(Topic::Conversation(conversation));
    world.send(&ann, conversation, "the end").await;
    assert_eq!(reader.revs_until(rev + 1).await, [rev + 1]);
}
