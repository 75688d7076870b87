//! A store that fails: whoever repeats their message has it stored once.

use natter_domain::command::{JoinConversation, ReadHeads};
use natter_domain::message::Head;
use natter_domain::{ConversationEvent, Event, Rejection};
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::store::Fault;
use crate::world::{Heard, World, named, send, store};

async fn head(room: &mut Heard) -> Head {
    let pick = |event| match event {
        Event::Conversation(ConversationEvent::Head(head)) => Some(head),
        _ => None,
    };
    room.pick(pick).await
}

#[tokio::test]
async fn a_repetition_after_a_failure_stores_once_whether_it_was_written_or_not() {
    for (fault, repeated) in [(Fault::Before, false), (Fault::After, true)] {
        for same_id in [true, false] {
            let world = World::new();
            let natter = world.instance().await;
            let (ann, bob) = (world.user("ann").await, world.user("bob").await);
            let conversation = natter.direct(ann, bob).await;
            world.timeline.fail([fault.clone()]);
            let first = named(send(conversation, ann, "hello"), "1");
            assert_eq!(natter.send(first.clone()).await, Err(Rejection::Unavailable));
            let again = if same_id { first.clone() } else { named(send(conversation, ann, "hello"), "1") };
            let sent = natter.send(again.clone()).await.unwrap();
            assert_eq!(sent.repeated, repeated);
            let stored = sent.message.stored;
            assert_eq!((stored.seq, stored.rev, stored.created_rev), (1, 1, 1));
            assert_eq!(stored.id, if repeated { first.messages[0].id } else { again.messages[0].id });
            let next = natter.say(conversation, bob, "next").await.message.stored;
            assert_eq!((next.seq, next.rev), (2, 2));
        }
    }
}

#[tokio::test]
async fn without_a_name_the_id_alone_makes_it_the_same() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let message = send(conversation, ann, "hello");
    let (one, other) = tokio::join!(natter.send(message.clone()), natter.send(message));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.message.stored, other.message.stored);
    assert_eq!([one.repeated, other.repeated].iter().filter(|repeated| **repeated).count(), 1);
}

#[tokio::test]
async fn what_was_written_without_anybody_knowing_is_told_by_the_head() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let mut room = world.room(conversation).await;
    world.timeline.fail([Fault::After]);
    assert!(natter.send(send(conversation, ann, "hello")).await.is_err());
    assert_eq!(head(&mut room).await, Head { rev: 1, seq: 1 });
}

#[tokio::test]
async fn a_head_that_could_not_be_read_is_told_later() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    natter.say(conversation, ann, "one").await;
    let mut room = world.room(conversation).await;
    world.timeline.fail([Fault::After]);
    world.timeline.blind(1);
    assert!(natter.send(send(conversation, ann, "two")).await.is_err());
    while head(&mut room).await.rev < 2 {}
}

#[tokio::test]
async fn who_collides_tries_again_and_gives_up_in_the_end() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    world.timeline.fail([Fault::Collide]);
    assert_eq!(natter.say(conversation, ann, "one").await.message.stored.rev, 1);
    world.timeline.fail(vec![Fault::Collide; 50]);
    assert_eq!(natter.say(conversation, ann, "two").await.message.stored.rev, 2);
    world.timeline.fail(vec![Fault::Collide; 101]);
    let given_up = natter.send(send(conversation, ann, "three")).await;
    assert_eq!(given_up.map(drop), Err(Rejection::Unavailable));
    assert_eq!(natter.say(conversation, ann, "four").await.message.stored.rev, 3);
}

#[tokio::test]
async fn what_queues_up_behind_a_slow_commit_goes_into_the_next_in_order() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let gate = Arc::new(Semaphore::new(0));
    world.timeline.fail([Fault::Slow(gate.clone())]);
    let join = JoinConversation { user: ann, conversation };
    let mut sends = Vec::new();
    for n in 0..21 {
        let commands = natter.commands.clone();
        let message = send(conversation, ann, &n.to_string());
        sends.push(tokio::spawn(async move { store(&commands, message).await }));
        // One after the other: the test's one thread lets each get as far as it can.
        natter.commands.call(join.clone()).await.unwrap();
    }
    gate.add_permits(1);
    for (place, sent) in (1..).zip(sends) {
        assert_eq!(sent.await.unwrap().unwrap().message.stored.seq, place);
    }
    assert_eq!(world.timeline.commits(), [1, 20]);
    let heads = natter.commands.call(ReadHeads { conversations: vec![conversation] }).await.unwrap();
    assert_eq!(heads[0].head, Head { rev: 21, seq: 21 });
}
