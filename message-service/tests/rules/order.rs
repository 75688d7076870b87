//! One order for everybody, whoever writes.

use std::collections::HashSet;

use futures::future::join_all;
use natter_domain::command::{EditMessage, ReactToMessage, ReadChanges};
use natter_domain::{ConversationEvent, Event};

use crate::world::{World, named, send};

const WRITERS: usize = 50;
const EACH: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_services_write_one_conversation_without_holes() {
    let world = World::new();
    let instances = [world.instance().await, world.instance().await];
    let users = world.users(WRITERS).await;
    let conversation = instances[0].group(&users).await;
    let writing = instances.iter().flat_map(|natter| users.iter().map(move |user| (natter, *user)));
    let writing = writing.map(|(natter, user)| async move {
        let mut revs = Vec::new();
        for n in 0..EACH {
            revs.push(natter.say(conversation, user, &n.to_string()).await.message.stored.rev);
        }
        assert!(revs.is_sorted(), "a writer's own order: {revs:?}");
        revs
    });
    let mut revs: Vec<_> = join_all(writing).await.into_iter().flatten().collect();
    revs.sort_unstable();
    let count = (2 * WRITERS * EACH) as u64;
    assert_eq!(revs, (1..=count).collect::<Vec<_>>());
    let mut after_rev = 0;
    let mut seqs = Vec::new();
    loop {
        let read = ReadChanges { conversation, after_rev, limit: 300 };
        let page = instances[1].commands.call(read).await.unwrap();
        seqs.extend(page.changes.iter().map(|change| change.message.stored.seq));
        after_rev = page.rev;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seqs, (1..=count).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_name_sent_through_two_services_at_once_is_one_message() {
    let world = World::new();
    let instances = [world.instance().await, world.instance().await];
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = instances[0].direct(ann, bob).await;
    for round in 1..=10 {
        let name = format!("name {round}");
        let sends = (0..10).map(|n| {
            let message = named(send(conversation, ann, &n.to_string()), &name);
            instances[n % 2].send(message)
        });
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        let ids: HashSet<_> = sent.iter().map(|sent| sent.message.stored.id).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(sent.iter().filter(|sent| !sent.repeated).count(), 1);
        assert!(sent.iter().all(|sent| sent.message.stored.seq == round));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_published_in_their_order_each_before_it_is_answered() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(20).await;
    let conversation = natter.group(&users).await;
    let mut room = world.room(conversation).await;
    let natter = &natter;
    join_all(users.iter().map(|user| async move {
        let message = natter.say(conversation, *user, "hello").await.message.stored.id;
        let emoji = "👍".to_owned();
        let react = ReactToMessage { user: *user, message, emoji, remove: false };
        let edit = EditMessage { user: *user, message, text: "edited".to_owned() };
        let (reacted, edited) = tokio::join!(natter.commands.call(react), natter.commands.call(edit));
        reacted.unwrap();
        edited.unwrap();
    }))
    .await;
    let revs: Vec<_> = room
        .so_far()
        .iter()
        .filter_map(|event| match event {
            Event::Conversation(ConversationEvent::Changed(change)) => Some(change.message.stored.rev),
            _ => None,
        })
        .collect();
    assert_eq!(revs, (1..=60).collect::<Vec<_>>());
}
