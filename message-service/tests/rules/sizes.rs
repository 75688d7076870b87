//! The largest that there may be goes over a broker with its usual limit, or comes in pages.

use std::sync::Arc;

use natter_domain::command::{
    GetConversation, ListConversations, ListMessages, ListReceipts, ReadChanges, SearchMessages, Sync,
    SyncCursor, Window,
};
use natter_domain::conversation::MAX_MEMBERS;
use natter_domain::message::{Change, ChangeKind, MAX_TEXT, Reaction};
use natter_domain::page::PageRequest;
use natter_domain::{ConversationEvent, Event, Reply, UserEvent, UserId};
use natter_proto::{encode_event, encode_reply};

use crate::world::{World, send};

/// Under the 1,048,576 of a broker, with room for headers.
const LIMIT: usize = 1_000_000;

fn fits(reply: impl Into<Reply>) {
    let bytes = encode_reply(&Ok(reply.into())).len();
    assert!(bytes < LIMIT, "a reply of {bytes} bytes");
}

fn event_fits(event: Event) {
    let bytes = encode_event(&event).len();
    assert!(bytes < LIMIT, "an event of {bytes} bytes");
}

/// With the longest names and pictures.
async fn people(world: &World, count: usize) -> Vec<UserId> {
    let users = (0..count).map(async |n| {
        let picture = format!("https://cdn.example/{}", "p".repeat(2_028));
        world.create(&format!("{n:032}"), "😀".repeat(100), Some(picture)).await
    });
    futures::future::join_all(users).await
}

#[tokio::test]
async fn conversations_of_the_largest_groups_come_in_pages() {
    const GROUPS: usize = 3;
    let world = World::new();
    let natter = world.instance().await;
    let users = people(&world, MAX_MEMBERS).await;
    let ann = users[0];
    for _ in 0..GROUPS {
        let group = natter.group(&users).await;
        natter.say(group, ann, &"😀".repeat(MAX_TEXT)).await;
        let view = natter.commands.call(GetConversation { user: ann, conversation: group }).await.unwrap();
        assert_eq!(view.members.len(), MAX_MEMBERS);
        event_fits(Event::User(UserEvent::ConversationUpdated(Box::new(view.clone()))));
        fits(view);
        fits(natter.commands.call(ListReceipts { user: ann, conversation: group }).await.unwrap());
    }
    let mut page = PageRequest { cursor: None, limit: 100 };
    let mut found = std::collections::HashSet::new();
    loop {
        let list = ListConversations { user: ann, page: page.clone() };
        let listed = natter.commands.call(list).await.unwrap();
        assert!(!listed.items.is_empty());
        found.extend(listed.items.iter().map(|view| view.conversation.id));
        page.cursor = listed.next.clone();
        fits(listed);
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), GROUPS);
}

#[tokio::test]
async fn messages_of_the_largest_size_come_in_pages() {
    const MESSAGES: usize = 60;
    let world = World::new();
    let natter = world.instance().await;
    let users = people(&world, 2).await;
    let (ann, bob) = (users[0], users[1]);
    let conversation = natter.direct(ann, bob).await;
    let text = format!("word {}", "😀".repeat(MAX_TEXT - 5));
    let first = natter.say(conversation, ann, &text).await.message.stored.id;
    for _ in 1..MESSAGES {
        let mut answer = send(conversation, bob, &text);
        answer.messages[0].draft.reply_to = Some(first);
        natter.commands.call(answer).await.unwrap();
    }

    let history = ListMessages { user: bob, conversation, window: Window::Latest, limit: 100 };
    let history = natter.commands.call(history).await.unwrap();
    assert!(history.next.is_some());
    let mut largest = history.items[0].clone();
    fits(history);
    let changes = ReadChanges { conversation, after_rev: 0, limit: 301 };
    let changes = natter.commands.call(changes).await.unwrap();
    assert!(changes.has_more);
    fits(changes);
    let cursors = vec![SyncCursor { conversation, rev: 0 }; 2];
    fits(natter.commands.call(Sync { user: ann, cursors, limit: 100 }).await.unwrap());

    let mut page = PageRequest { cursor: None, limit: 100 };
    let mut found = 0;
    loop {
        let search =
            SearchMessages { user: ann, query: "word".to_owned(), conversation: None, page: page.clone() };
        let messages = natter.commands.call(search).await.unwrap();
        assert!(!messages.items.is_empty());
        found += messages.items.len();
        page.cursor = messages.next.clone();
        fits(messages);
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, MESSAGES);

    // Everybody in a large group has reacted with every emoji that there is room for.
    let reactions = (0..32).map(|n| Reaction { emoji: format!("{n:032}"), users: vec![ann; MAX_MEMBERS] });
    largest.stored.reactions = reactions.collect();
    let change = Arc::new(Change { kind: ChangeKind::Updated, message: largest });
    event_fits(Event::Conversation(ConversationEvent::Changed(change)));
}

#[tokio::test]
async fn short_things_are_not_cut() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    for _ in 0..100 {
        natter.say(conversation, ann, "short").await;
    }
    let page = PageRequest { cursor: None, limit: 100 };
    let search = SearchMessages { user: ann, query: "short".to_owned(), conversation: None, page };
    assert_eq!(natter.commands.call(search).await.unwrap().items.len(), 100);

    // The longest pictures of more than a hundred fit, and all are there.
    let users = people(&world, 101).await;
    let group = natter.group(&users).await;
    let view = natter.commands.call(GetConversation { user: users[0], conversation: group }).await.unwrap();
    assert!(view.members.iter().all(|member| member.user.profile_image.is_some()));
}
