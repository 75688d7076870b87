//! Sweeps, and telling who went offline.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::Timestamp;
use natter_domain::presence::Transition;
use tokio_util::sync::CancellationToken;

use super::fakes::{Told, World, at, user, user_ref};
use crate::Settings;

const GRACE: Duration = Duration::from_secs(5);
const NOW: Timestamp = Timestamp::from_millis(1_000);

fn went_offline(n: u8, at: Timestamp) -> Transition {
    Transition { user: user(n), online: false, at }
}

/// 1 to `count` have gone; their contacts are 200, who is online, and 201, who is not.
fn world(count: u8) -> Arc<World> {
    let world = World::new();
    world.change(|state| {
        for n in 1..=count {
            state.contacts.insert(user(n), vec![200, 201]);
            state.untold.push(went_offline(n, at(i64::from(n))));
        }
        state.online.insert(user(200));
    });
    world
}

fn untold(world: &World) -> usize {
    world.change(|state| state.untold.len())
}

#[tokio::test]
async fn contacts_who_are_online_hear_who_is_gone() {
    let world = world(1);
    world.service(Settings::default()).sweep(NOW, GRACE).await;
    assert_eq!(world.told(), [(user(200), Told::Offline(user_ref(1), at(1)))]);
    assert_eq!(world.change(|state| state.last_seen[&user(1)]), at(1));
    assert_eq!(untold(&world), 0);
}

#[tokio::test]
async fn a_sweep_goes_on_past_its_limit() {
    let world = world(25);
    world.service(Settings { sweep_limit: 10, ..Settings::default() }).sweep(NOW, GRACE).await;
    assert_eq!(world.told().len(), 25);
    assert_eq!(untold(&world), 0);
}

#[tokio::test]
async fn what_fails_is_left_for_the_next_sweep() {
    let world = world(3);
    world.change(|state| state.unanswered.insert(user(2)));
    let service = world.service(Settings { notices_at_once: 1, ..Settings::default() });
    service.sweep(NOW, GRACE).await;
    assert_eq!(world.told().len(), 1, "only who came before the failure");
    assert_eq!(untold(&world), 2);
    world.change(|state| state.unanswered.clear());
    service.sweep(NOW, GRACE).await;
    assert_eq!(world.told().len(), 3);
    assert_eq!(untold(&world), 0);
}

#[tokio::test]
async fn what_may_not_have_got_out_is_told_again() {
    let world = world(2);
    world.change(|state| state.bus_stuck = true);
    let service = world.service(Settings::default());
    service.sweep(NOW, GRACE).await;
    assert_eq!(untold(&world), 2);
    world.change(|state| state.bus_stuck = false);
    service.sweep(NOW, GRACE).await;
    assert_eq!(world.told().len(), 4);
    assert_eq!(untold(&world), 0);
}

#[tokio::test]
async fn presence_that_is_down_ends_a_sweep() {
    let world = world(1);
    world.change(|state| state.presence_down = true);
    let service = world.service(Settings::default());
    service.sweep(NOW, GRACE).await;
    world.change(|state| state.presence_down = false);
    assert_eq!((world.told().len(), untold(&world)), (0, 1));
    service.sweep(NOW, GRACE).await;
    assert_eq!((world.told().len(), untold(&world)), (1, 0));
}

#[tokio::test]
async fn who_is_back_is_not_said_to_be_gone() {
    let world = world(1);
    world.change(|state| state.online.insert(user(1)));
    world.service(Settings::default()).sweep(NOW, GRACE).await;
    assert_eq!(world.told(), []);
    assert_eq!(untold(&world), 0);
}

#[tokio::test]
async fn who_returns_while_it_is_told_is_said_to_be_online_last() {
    let world = world(1);
    world.change(|state| state.returns = Some(user(1)));
    world.service(Settings::default()).sweep(NOW, GRACE).await;
    assert_eq!(
        world.told(),
        [(user(200), Told::Offline(user_ref(1), at(1))), (user(200), Told::Online(user_ref(1)))]
    );
}

#[tokio::test]
async fn a_user_who_is_no_more_is_done_with() {
    let world = world(1);
    world.change(|state| state.unknown.insert(user(1)));
    world.service(Settings::default()).sweep(NOW, GRACE).await;
    assert_eq!(world.told(), []);
    assert_eq!(untold(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn sweeps_every_second_until_stopped() {
    let world = world(0);
    let service = Arc::new(world.service(Settings::default()));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (service, stop) = (Arc::clone(&service), stop.clone());
        async move { service.run(stop).await }
    });
    for n in 1..=3 {
        world.change(|state| {
            state.contacts.insert(user(n), vec![200]);
            state.untold.push(went_offline(n, at(1)));
        });
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(world.told().len(), usize::from(n));
    }
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn settling_tells_of_everybody() {
    let world = world(25);
    world.service(Settings { sweep_limit: 10, ..Settings::default() }).settle().await;
    assert_eq!(world.change(|state| state.last_seen.len()), 25);
}
