//! Typing across a block, as the block comes and goes.

use std::time::{Duration, Instant};

use natter_domain::command::SetBlock;
use natter_domain::{DirectoryEvent, Event, Topic};
use serde_json::{Value, json};

use crate::bus::Fate;
use crate::client::Client;
use crate::world::World;
use crate::{BOUND, REPAIRED};

/// How long typing that is shown may take to come; if it takes longer, it is looked for again.
const GLIMPSE: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_comes_or_goes_while_both_are_joined_hides_or_shows_typing() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut anns = node.joined(&ann, conversation).await;
    let mut bobs = node.joined(&bob, conversation).await;
    let here = json!({"conversationId": conversation.to_string()});
    anns.done("typing:start", here.clone()).await;
    bobs.until("typing:start").await;
    anns.done("typing:stop", here.clone()).await;
    bobs.until("typing:stop").await;

    for (blocker, blocked) in [(&ann, &bob), (&bob, &ann)] {
        for block in [true, false] {
            let (blocker, blocked) = (blocker.id, blocked.id);
            world.commands.call(SetBlock { blocker, blocked, block }).await.unwrap();
            until_hidden(&mut anns, &mut bobs, &here, block).await;
            until_hidden(&mut bobs, &mut anns, &here, block).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_which_the_first_news_is_lost_hides_typing_in_time() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut anns = node.joined(&ann, conversation).await;
    let mut bobs = node.joined(&bob, conversation).await;
    let here = json!({"conversationId": conversation.to_string()});
    let mut said = 0;
    node.bus.tamper(move |event| match event {
        Event::Directory(DirectoryEvent::BlockChanged(..)) => {
            said += 1;
            if said == 1 { Fate::Lose } else { Fate::Pass }
        }
        _ => Fate::Pass,
    });
    let start = Instant::now();
    world.commands.call(SetBlock { blocker: ann.id, blocked: bob.id, block: true }).await.unwrap();
    until_hidden(&mut bobs, &mut anns, &here, true).await;
    assert!(start.elapsed() < REPAIRED, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_looked_at_again_after_a_gap() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.direct(&ann, &bob).await);
    let mut anns = node.joined(&ann, conversation).await;
    let mut bobs = node.joined(&bob, conversation).await;
    // Needs no join, and is remembered.
    let mut snake = node.snake(&bob).await;
    let here = json!({"conversationId": conversation.to_string()});
    snake.done("typing_start", here.clone()).await;
    anns.until("typing:start").await;
    snake.done("typing_stop", here.clone()).await;
    anns.until("typing:stop").await;
    node.bus.tamper(|event| if matches!(event, Event::Directory(_)) { Fate::Lose } else { Fate::Pass });
    world.commands.call(SetBlock { blocker: ann.id, blocked: bob.id, block: true }).await.unwrap();
    assert!(!is_hidden(&mut bobs, &mut anns, &here).await, "nobody has heard of it");
    node.bus.gap(Topic::Directory);
    until_hidden(&mut bobs, &mut anns, &here, true).await;
    snake.done("typing_start", here.clone()).await;
    snake.done("typing_stop", here.clone()).await;
    assert!(!anns.heard_within("typing:stop", GLIMPSE).await);
}

/// Types until that is hidden from the other, or shown.
async fn until_hidden(one: &mut Client, other: &mut Client, here: &Value, hidden: bool) {
    let started = Instant::now();
    while is_hidden(one, other, here).await != hidden {
        assert!(started.elapsed() < BOUND, "typing is not as it should be: hidden: {hidden}");
    }
}

/// Whether what one types is not shown to the other: a stop that is shown comes at once.
async fn is_hidden(one: &mut Client, other: &mut Client, here: &Value) -> bool {
    one.done("typing:start", here.clone()).await;
    one.done("typing:stop", here.clone()).await;
    !other.heard_within("typing:stop", GLIMPSE).await
}
