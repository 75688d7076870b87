//! Much at once in a room: told in turns, and yet each change once and in order.

use futures::future::join_all;
use natter_domain::command::RemoveParticipant;
use natter_domain::{ConversationEvent, Event};

use crate::bus::{Fate, changes};
use crate::eventually;
use crate::world::World;

/// Together they have more sockets in the room than are told without a rest.
const READERS: usize = 6;
const SOCKETS_EACH: usize = 15;
/// More than go out in one turn.
const MESSAGES: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn every_socket_of_a_large_room_hears_each_change_once_and_in_order() {
    let world = World::start().await;
    let mut people = Vec::new();
    for n in 0..=READERS {
        people.push(world.person(&format!("person{n}")).await);
    }
    let people: Vec<_> = people.iter().collect();
    let (node, conversation) = (world.gateway().await, world.group(&people).await);
    let [ann, readers @ ..] = people.as_slice() else { panic!("nobody") };
    let sockets = readers.iter().flat_map(|reader| std::iter::repeat_n(reader, SOCKETS_EACH));
    let mut clients = join_all(sockets.map(|reader| node.joined(reader, conversation))).await;
    node.bus.tamper(changes(|_| Fate::Hold));
    for n in 1..=MESSAGES {
        world.send(ann, conversation, &n.to_string()).await;
    }
    eventually("all are held", async || node.bus.held() == MESSAGES).await;
    node.bus.tamper(changes(|_| Fate::Double));
    // Pairs change places, so that some come too early in each turn.
    let order: Vec<_> = (0..MESSAGES).map(|place| place ^ 1).collect();
    node.bus.release(&order);
    for n in MESSAGES..2 * MESSAGES {
        world.send(ann, conversation, &n.to_string()).await;
    }
    let expected: Vec<_> = (1..=2 * MESSAGES as u64).collect();
    for client in &mut clients {
        assert_eq!(client.revs_until(2 * MESSAGES as u64).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_in_the_middle_of_a_turn_hears_what_came_before_and_nothing_after() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (node, conversation) = (world.gateway().await, world.group(&[&ann, &bob]).await);
    let mut anns = node.joined(&ann, conversation).await;
    let mut bobs = node.joined(&bob, conversation).await;
    node.bus.tamper(|event| match event {
        Event::Conversation(ConversationEvent::Changed(_) | ConversationEvent::MemberLeft { .. }) => {
            Fate::Hold
        }
        _ => Fate::Lose,
    });
    world.send(&ann, conversation, "1").await;
    let remove = RemoveParticipant { user: ann.id, conversation, participant: bob.id };
    world.commands.call(remove).await.unwrap();
    world.send(&ann, conversation, "2").await;
    eventually("all are held", async || node.bus.held() == 3).await;
    node.bus.release(&[0, 1, 2]);
    assert_eq!(anns.revs_until(2).await, [1, 2]);
    assert_eq!(bobs.revs_until(1).await, [1]);
    bobs.has_none(&["new:message"]).await;
}
