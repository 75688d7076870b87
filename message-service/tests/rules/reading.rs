//! Marking as read, and who is told of what.

use std::collections::HashSet;

use futures::future::join_all;
use natter_domain::command::{GetConversation, GetMessage, ListReceipts, MarkRead};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationEvent, ConversationId, Event, MessageId, MessageStatus, UserEvent, UserId};

use crate::world::{Heard, Instance, World};

async fn read_in_room(room: &mut Heard) -> ReadReceipt {
    let pick = |event| match event {
        Event::Conversation(ConversationEvent::Read(receipt)) => Some(receipt),
        _ => None,
    };
    room.pick(pick).await
}

async fn read_of_sender(feed: &mut Heard) -> ReadReceipt {
    let pick = |event| match event {
        UserEvent::MessagesRead(receipt) => Some(receipt),
        _ => None,
    };
    feed.personal(pick).await
}

async fn mark(natter: &Instance, user: UserId, conversation: ConversationId, messages: &[MessageId]) {
    natter.commands.call(MarkRead { user, conversation, messages: messages.to_vec() }).await.unwrap();
}

#[tokio::test]
async fn single_messages_are_told_to_the_room_and_to_their_senders_once() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(3).await;
    let (ann, bob, eve) = (users[0], users[1], users[2]);
    let group = natter.group(&users).await;
    let one = natter.say(group, ann, "one").await.message.stored.id;
    let two = natter.say(group, bob, "two").await.message.stored.id;
    let own = natter.say(group, eve, "three").await.message.stored.id;
    let mut room = world.room(group).await;
    let (mut anns, mut bobs) = (world.feed(ann).await, world.feed(bob).await);
    mark(&natter, eve, group, &[two, own, MessageId::NONE]).await;
    mark(&natter, eve, group, &[one, two]).await;
    let receipt = read_in_room(&mut room).await;
    assert_eq!((receipt.reader, receipt.messages), (eve, vec![two]));
    assert_eq!(read_in_room(&mut room).await.messages, [one]);
    assert_eq!(read_of_sender(&mut bobs).await.messages, [two]);
    assert_eq!(read_of_sender(&mut anns).await.messages, [one]);
    mark(&natter, eve, group, &[one, two]).await;
    mark(&natter, eve, group, &[]).await;
    let more = [room.so_far(), anns.so_far(), bobs.so_far()].concat();
    let is_read = |event: &&Event| {
        matches!(
            event,
            Event::Conversation(ConversationEvent::Read(_)) | Event::User(UserEvent::MessagesRead(_))
        )
    };
    assert_eq!(more.iter().find(is_read), None);
    let message = natter.commands.call(GetMessage { user: ann, message: one }).await.unwrap();
    assert_eq!(message.status, MessageStatus::Read);
    assert_eq!(message.read_by.iter().map(|by| by.user).collect::<Vec<_>>(), [eve]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_1200_messages_is_told_in_lists_of_at_most_500() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let (natter, mut all) = (&natter, HashSet::new());
    for _ in 0..12 {
        let sends = (0..100).map(|n| async move { natter.say(conversation, ann, &n.to_string()).await });
        all.extend(join_all(sends).await.into_iter().map(|sent| sent.message.stored.id));
    }
    let own = natter.say(conversation, bob, "mine").await.message.stored.id;
    let singles: Vec<_> = all.iter().take(3).copied().collect();
    let get = GetConversation { user: bob, conversation };
    assert_eq!(natter.commands.call(get.clone()).await.unwrap().unread, 1_200);
    let (mut room, mut feed) = (world.room(conversation).await, world.feed(ann).await);
    mark(natter, bob, conversation, &singles).await;
    assert_eq!(natter.commands.call(get.clone()).await.unwrap().unread, 1_197);
    mark(natter, bob, conversation, &[]).await;
    assert_eq!(natter.commands.call(get).await.unwrap().unread, 0);
    for told in [read_all(&mut room, read_in_room).await, read_all(&mut feed, read_of_sender).await] {
        let ids: HashSet<_> = told.iter().flatten().copied().collect();
        assert_eq!(told.iter().map(Vec::len).sum::<usize>(), 1_200, "each once");
        assert_eq!(ids, all);
        assert!(!ids.contains(&own));
        assert!(told.iter().all(|ids| ids.len() <= 500));
    }
    let receipts = natter.commands.call(ListReceipts { user: ann, conversation }).await.unwrap();
    let bobs = receipts.iter().find(|receipt| receipt.user == bob).unwrap();
    assert_eq!((bobs.read_seq, bobs.delivered_seq), (1_201, 1_201));
}

/// Receipts until 1,200 messages have been named.
async fn read_all(heard: &mut Heard, next: impl AsyncFn(&mut Heard) -> ReadReceipt) -> Vec<Vec<MessageId>> {
    let mut told: Vec<Vec<MessageId>> = Vec::new();
    while told.iter().map(Vec::len).sum::<usize>() < 1_200 {
        told.push(next(heard).await.messages);
    }
    told
}
