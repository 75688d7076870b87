//! Who is taken out hears nothing more, even where the room was not told.

use natter_domain::command::{DeleteConversation, RemoveParticipant};
use natter_domain::{ConversationEvent, Event};
use serde_json::json;

use crate::bus::Fate;
use crate::until_refused;
use crate::world::World;

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
