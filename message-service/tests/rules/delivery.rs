//! A message's first recipient is told to its sender once, however they were reached.

use std::collections::HashMap;

use futures::future::join_all;
use natter_domain::UserEvent;
use natter_domain::command::DeliverPending;

use crate::world::{Heard, World};

async fn delivered(feed: &mut Heard) -> Vec<natter_domain::MessageId> {
    let pick = |event| match event {
        UserEvent::MessagesDelivered { messages, .. } => Some(messages),
        _ => None,
    };
    feed.personal(pick).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_delivered_once_while_recipients_come_and_messages_go_on() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(4).await;
    let (sender, recipients) = (users[0], &users[1..]);
    let group = natter.group(&users).await;
    let mut feed = world.feed(sender).await;
    world.connect(recipients);
    let natter = &natter;
    let sending = async {
        let mut sent = Vec::new();
        for n in 0..60 {
            sent.push(natter.say(group, sender, &n.to_string()).await.message.stored.id);
        }
        sent
    };
    let coming = join_all(recipients.iter().map(|user| async move {
        for _ in 0..20 {
            natter.commands.call(DeliverPending { users: vec![*user] }).await.unwrap();
        }
    }));
    let (sent, _) = tokio::join!(sending, coming);
    let mut told: HashMap<_, usize> = HashMap::new();
    while told.len() < sent.len() {
        for message in delivered(&mut feed).await {
            *told.entry(message).or_default() += 1;
        }
    }
    // Whatever would come twice has been asked for by now.
    for user in recipients {
        natter.commands.call(DeliverPending { users: vec![*user] }).await.unwrap();
    }
    for event in feed.so_far() {
        let natter_domain::Event::User(UserEvent::MessagesDelivered { messages, .. }) = event else {
            continue;
        };
        for message in messages {
            *told.entry(message).or_default() += 1;
        }
    }
    assert!(sent.iter().all(|message| told[message] == 1), "{told:?}");
}

#[tokio::test]
async fn a_sender_alone_reaches_nobody_and_who_comes_later_gets_all() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let mut feed = world.feed(ann).await;
    world.connect(&[ann]);
    let mut sent = Vec::new();
    for n in 0..3 {
        sent.push(natter.say(conversation, ann, &n.to_string()).await.message.stored.id);
    }
    natter.commands.call(DeliverPending { users: vec![ann] }).await.unwrap();
    let early = feed.so_far().into_iter();
    let is_delivery =
        |event: &_| matches!(event, natter_domain::Event::User(UserEvent::MessagesDelivered { .. }));
    assert_eq!(early.filter(is_delivery).count(), 0);
    natter.commands.call(DeliverPending { users: vec![bob] }).await.unwrap();
    assert_eq!(delivered(&mut feed).await, sent);
}
