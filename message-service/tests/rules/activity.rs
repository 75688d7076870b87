//! Lists of conversations move at most once a second, and end with the last state.

use std::time::{Duration, Instant};

use natter_domain::UserEvent;
use natter_domain::event::ConversationActivity;

use crate::world::{Heard, World};

async fn activity(feed: &mut Heard) -> ConversationActivity {
    let pick = |event| match event {
        UserEvent::ConversationActivity(activity) => Some(activity),
        _ => None,
    };
    feed.personal(pick).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_messages_is_told_at_most_once_a_second_and_its_end_always() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    // A group: of a direct conversation their feeds would hold each message, too.
    let conversation = natter.group(&[ann, bob]).await;
    let (mut anns, mut bobs) = (world.feed(ann).await, world.feed(bob).await);
    let started = Instant::now();
    let mut last = 0;
    while started.elapsed() < Duration::from_millis(2_500) {
        let text = format!("message {}", last + 1);
        last = natter.say(conversation, ann, &text).await.message.stored.seq;
    }
    let mut told = Vec::new();
    while told.last().is_none_or(|activity: &ConversationActivity| activity.head.seq < last) {
        told.push(activity(&mut bobs).await);
    }
    let seconds = started.elapsed().as_secs() as usize;
    assert!((2..=seconds + 1).contains(&told.len()), "{} in {seconds} s", told.len());
    let end = told.pop().unwrap();
    assert_eq!(end.last_message.content.as_deref(), Some(format!("message {last}").as_str()));
    assert_eq!((end.unread, end.head.rev), (last, last));
    let own = activity(&mut anns).await;
    assert_eq!(own.unread, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_over_100_move_nobodys_list() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(101).await;
    let (large, small) = (natter.group(&users).await, natter.group(&users[1..]).await);
    let mut feed = world.feed(users[1]).await;
    natter.say(large, users[2], "large").await;
    natter.say(small, users[2], "small").await;
    assert_eq!(activity(&mut feed).await.conversation, small);
    // Another round, a second later: if the large one had been told, it would have come by then.
    natter.say(small, users[2], "small").await;
    assert_eq!(activity(&mut feed).await.conversation, small);
    let more = feed.so_far();
    assert!(more.is_empty(), "{more:?}");
}
