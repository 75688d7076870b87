//! The end of a service: what was accepted is written and told before it.

use std::sync::Arc;

use natter_domain::UserEvent;
use natter_domain::command::{JoinConversation, MarkRead, ReadHeads};
use tokio::sync::Semaphore;

use crate::BOUND;
use crate::store::Fault;
use crate::world::{Instance, World, send, store};

/// Waits until the service has ended; answers what still goes over commands to it.
async fn end(natter: Instance) {
    natter.stop.cancel();
    tokio::time::timeout(BOUND, natter.running).await.expect("it ends").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_accepted_is_written_published_and_answered() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let (mut room, mut feed) = (world.room(conversation).await, world.feed(bob).await);
    let gate = Arc::new(Semaphore::new(0));
    world.timeline.fail([Fault::Slow(gate.clone())]);
    let mut sends = Vec::new();
    for n in 0..40 {
        let (commands, message) = (natter.commands.clone(), send(conversation, ann, &n.to_string()));
        sends.push(tokio::spawn(async move { store(&commands, message).await }));
    }
    while world.timeline.commits().is_empty() {
        natter.commands.call(JoinConversation { user: ann, conversation }).await.unwrap();
    }
    natter.stop.cancel();
    gate.add_permits(1);
    let mut stored = 0;
    for sent in sends {
        sent.await.unwrap().unwrap();
        stored += 1;
    }
    let heads = ReadHeads { conversations: vec![conversation] };
    assert_eq!(natter.commands.call(heads).await.unwrap()[0].head.seq, stored);
    end(natter).await;
    for rev in 1..=stored {
        assert_eq!(room.change().await.message.stored.rev, rev);
    }
    let pick = |event| match event {
        UserEvent::ConversationActivity(activity) => (activity.head.seq == stored).then_some(()),
        _ => None,
    };
    feed.personal(pick).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_has_only_to_repeat_a_head_ends_at_once() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let mut feed = world.feed(bob).await;
    natter.say(conversation, ann, "hello").await;
    // All that follows at once has followed when the list has moved.
    let pick = |event| matches!(event, UserEvent::ConversationActivity(_)).then_some(());
    feed.personal(pick).await;
    end(natter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_told_before_the_end() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let message = natter.say(conversation, ann, "hello").await.message.stored.id;
    let mut feed = world.feed(ann).await;
    natter.commands.call(MarkRead { user: bob, conversation, messages: Vec::new() }).await.unwrap();
    end(natter).await;
    let read = feed.so_far().into_iter().find_map(|event| match event {
        natter_domain::Event::User(UserEvent::MessagesRead(receipt)) => Some(receipt.messages),
        _ => None,
    });
    assert_eq!(read, Some(vec![message]));
}
