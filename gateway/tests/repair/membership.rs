//! Who is taken out hears nothing more, even where the room was not told.

use std::time::Instant;

use natter_domain::command::{DeleteConversation, RemoveParticipant};
use natter_domain::{ConversationEvent, DirectoryEvent, Event};
use serde_json::json;

use crate::bus::Fate;
use crate::world::World;
use crate::{REPAIRED, until_refused};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_removed_is_out_of_the_room_even_if_the_room_was_not_told() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.group(&[&ann, &bob]).await);
    let mut admin = node.joined(&ann, conversation).await;
    let mut member = node.joined(&bob, conversation).await;
    node.bus.tamper(|event| match event {
        Event::Conversation(ConversationEvent::MemberLeft { .. }) => Fate::Lose,
        _ => Fate::Pass,
    });
    let remove = RemoveParticipant { user: ann.id, conversation, participant: bob.id };
    world.commands.call(remove).await.unwrap();
    assert_eq!(member.until("conversation:removed").await["conversationId"], conversation.to_string());
    let here = json!({"conversationId": conversation.to_string()});
    until_refused(&mut member, "typing:start", &here).await;
    world.send(&ann, conversation, "among us").await;
    assert_eq!(admin.revs_until(1).await, [1]);
    member.has_none(&["new:message"]).await;
    let ack = member.call("join:conversation", here).await;
    assert_eq!(ack["error"], "Not authorized to join this conversation");
}

/// Lost are what the room hears, what the user hears, and the first that the directory says.
fn all_but_the_repetition() -> impl FnMut(&Event) -> Fate + Send + 'static {
    let mut said = 0;
    move |event| match event {
        Event::Directory(DirectoryEvent::MemberLeft(..)) => {
            said += 1;
            if said == 1 { Fate::Lose } else { Fate::Pass }
        }
        _ => Fate::Lose,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_removed_is_out_of_the_room_in_time_though_everything_was_lost() {
    for deleted in [false, true] {
        let world = World::start().await;
        let (ann, bob) = (world.person("ann").await, world.person("bob").await);
        let (node, conversation) = (world.gateway().await, world.group(&[&bob, &ann]).await);
        let mut member = node.joined(&ann, conversation).await;
        node.bus.tamper(all_but_the_repetition());
        let start = Instant::now();
        if deleted {
            world.commands.call(DeleteConversation { user: bob.id, conversation }).await.unwrap();
        } else {
            let remove = RemoveParticipant { user: bob.id, conversation, participant: ann.id };
            world.commands.call(remove).await.unwrap();
        }
        let here = json!({"conversationId": conversation.to_string()});
        until_refused(&mut member, "typing:start", &here).await;
        assert!(start.elapsed() < REPAIRED, "{:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_group_is_left_even_if_the_room_was_not_told() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.group(&[&ann, &bob]).await);
    let mut member = node.joined(&bob, conversation).await;
    node.bus.tamper(|event| match event {
        Event::Conversation(ConversationEvent::Deleted) => Fate::Lose,
        _ => Fate::Pass,
    });
    world.commands.call(DeleteConversation { user: ann.id, conversation }).await.unwrap();
    member.until("conversation:removed").await;
    let here = json!({"conversationId": conversation.to_string()});
    until_refused(&mut member, "typing:start", &here).await;
}
