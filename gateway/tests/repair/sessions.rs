//! A logout ends sockets within 5 s, even if nobody was told of it.

use std::time::Instant;

use natter_domain::command::LogOut;

use crate::REPAIRED;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_that_no_gateway_heard_of_ends_the_sockets_all_the_same() {
    for everywhere in [false, true] {
        let world = World::start().await;
        let (ann, bob) = (world.person("ann").await, world.person("bob").await);
        let node = world.gateway().await;
        let mut ended = node.client(&ann).await;
        let mut other = node.client(&bob).await;
        node.bus.lose_everything();
        let logged_out = Instant::now();
        world.commands.call(LogOut { bearer: ann.bearer().await, everywhere }).await.unwrap();
        let told = ended.until_within("session:expired", REPAIRED).await;
        assert_eq!(told["code"], "SESSION_REVOKED");
        ended.rest(REPAIRED).await;
        assert!(logged_out.elapsed() < REPAIRED, "{:?}", logged_out.elapsed());
        other.has_none(&["session:expired"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_that_is_heard_of_ends_the_sockets_on_every_gateway() {
    let world = World::start().await;
    let ann = world.person("ann").await;
    let (one, other) = (world.gateway().await, world.gateway().await);
    let mut clients = [one.client(&ann).await, other.client(&ann).await];
    world.commands.call(LogOut { bearer: ann.bearer().await, everywhere: true }).await.unwrap();
    for client in &mut clients {
        assert_eq!(client.until("session:expired").await["code"], "SESSION_REVOKED");
        assert_eq!(client.rest(REPAIRED).await, Vec::<String>::new());
    }
}
