//! Who is online, and who may know.

use natter_domain::command::{GetPresence, Reply, WhoIsConnected};
use natter_domain::ports::CommandHandler as _;
use natter_domain::presence::UserPresence;
use natter_domain::{Rejection, Timestamp};

use super::fakes::{World, at, user};
use crate::Settings;

fn presence(n: u8, online: bool, last_seen: Option<Timestamp>) -> UserPresence {
    UserPresence { user: user(n), online, last_seen }
}

#[tokio::test]
async fn presence_comes_in_the_order_asked_for() {
    let world = World::new();
    world.change(|state| {
        state.online.extend([user(1), user(2)]);
        state.last_seen.insert(user(2), at(20));
        state.last_seen.insert(user(3), at(30));
    });
    let users = [3, 1, 2, 4, 3].map(user).to_vec();
    let reply =
        world.service(Settings::default()).handle(GetPresence { viewer: user(9), users }.into()).await;
    assert_eq!(
        reply,
        Ok(Reply::Presences(vec![
            presence(3, false, Some(at(30))),
            presence(1, true, None),
            presence(2, true, Some(at(20))),
            presence(4, false, None),
            presence(3, false, Some(at(30))),
        ]))
    );
}

#[tokio::test]
async fn nothing_is_told_across_a_block_or_of_strangers() {
    let world = World::new();
    world.change(|state| {
        state.online.extend([user(1), user(2)]);
        state.last_seen.insert(user(1), at(10));
        state.hidden.insert(user(1));
        state.unknown.insert(user(2));
    });
    let users = vec![user(1), user(2)];
    let reply =
        world.service(Settings::default()).handle(GetPresence { viewer: user(9), users }.into()).await;
    assert_eq!(reply, Ok(Reply::Presences(vec![presence(1, false, None), presence(2, false, None)])));
}

#[tokio::test]
async fn what_is_unknown_is_not_said_to_be_offline() {
    let world = World::new();
    let service = world.service(Settings::default());
    let get = || GetPresence { viewer: user(9), users: vec![user(1)] };
    let who = || WhoIsConnected { users: vec![user(1)] };
    world.change(|state| state.presence_down = true);
    assert_eq!(service.handle(get().into()).await, Err(Rejection::Unavailable));
    assert_eq!(service.handle(who().into()).await, Err(Rejection::Unavailable));
    world.change(|state| {
        state.presence_down = false;
        state.unanswered.insert(user(9));
    });
    assert_eq!(service.handle(get().into()).await, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn services_learn_who_is_connected() {
    let world = World::new();
    world.change(|state| state.online.extend([user(1), user(2)]));
    let users = vec![user(2), user(3)];
    let reply = world.service(Settings::default()).handle(WhoIsConnected { users }.into()).await;
    assert_eq!(reply, Ok(Reply::Connected([user(2)].into())));
}

#[tokio::test]
async fn questions_have_a_limit() {
    let service = World::new().service(Settings::default());
    let get = GetPresence { viewer: user(9), users: vec![user(1); 101] };
    assert!(matches!(service.handle(get.into()).await, Err(Rejection::Invalid { .. })));
    let who = WhoIsConnected { users: vec![user(1); 1_001] };
    assert!(matches!(service.handle(who.into()).await, Err(Rejection::Invalid { .. })));
    let none = GetPresence { viewer: user(9), users: Vec::new() };
    assert_eq!(service.handle(none.into()).await, Ok(Reply::Presences(Vec::new())));
}
