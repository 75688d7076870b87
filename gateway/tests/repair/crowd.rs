//! Of a crowd that comes at once, some are seen to at a time, and all of them in the end.

use futures::future::join_all;
use serde_json::json;

use crate::eventually;
use crate::world::World;

/// What a gateway has under way at once.
const JOINS: usize = 64;
const CLIENTS_EACH: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_joins_in_turn_and_who_left_meanwhile_holds_nobody_up() {
    let world = World::start().await;
    let mut people = Vec::new();
    for n in 0..8 {
        people.push(world.person(&format!("person{n}")).await);
    }
    let group = world.group(&people.iter().collect::<Vec<_>>()).await;
    let node = world.gateway().await;
    let mut clients = Vec::new();
    for person in &people {
        for _ in 0..CLIENTS_EACH {
            clients.push(node.client(person).await);
        }
    }
    node.bus.hold_joins();
    let join = json!({"conversationId": group.to_string()});
    let mut joining = Vec::new();
    for mut client in clients {
        let join = join.clone();
        joining.push(tokio::spawn(async move {
            client.done("join:conversation", join).await;
            client
        }));
    }
    eventually("as many as may be wait", async || node.bus.joins() == JOINS).await;
    // Some of them wait for an answer, some for their turn.
    let (gone, staying): (Vec<_>, Vec<_>) =
        joining.into_iter().enumerate().partition(|(place, _)| place % 4 == 0);
    gone.into_iter().for_each(|(_, client)| client.abort());
    node.bus.answer_joins();
    let staying = join_all(staying.into_iter().map(|(_, client)| client)).await;
    assert_eq!(node.bus.most_joins(), JOINS);
    world.send(&people[1], group, "to all").await;
    for client in staying {
        assert_eq!(client.unwrap().revs_until(1).await, [1]);
    }
}
