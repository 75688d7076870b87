//! Reports, and telling who came online.

use std::sync::Arc;
use std::time::Duration;

use natter_domain::command::{Command, GetMe, Reply, ReportSockets, SocketsReported, WithdrawGateway};
use natter_domain::ports::{CommandHandler as _, Reported};
use natter_domain::{GatewayId, Rejection};

use super::fakes::{Told, World, at, user, user_ref};
use crate::{PresenceService, Settings};

const GATEWAY: GatewayId = GatewayId::from_bytes([9; 12]);

/// 1 has the contacts 2, 3 and 4, of whom 2 and 4 are online.
fn world() -> Arc<World> {
    let world = World::new();
    world.change(|state| {
        state.contacts.insert(user(1), vec![2, 3, 4]);
        state.online.extend([user(2), user(4)]);
        state.reported.came_online = vec![user(1)];
    });
    world
}

async fn report(service: &PresenceService) -> Result<Reply, Rejection> {
    service.handle(ReportSockets { gateway: GATEWAY, sockets: Vec::new() }.into()).await
}

const DONE: Result<Reply, Rejection> = Ok(Reply::SocketsReported(SocketsReported { report_all: false }));

#[tokio::test]
async fn contacts_who_are_online_hear_who_came() {
    let world = world();
    let service = world.service(Settings::default());
    assert_eq!(report(&service).await, DONE);
    let online = Told::Online(user_ref(1));
    assert_eq!(world.told_soon(2).await, [(user(2), online.clone()), (user(4), online)]);
}

#[tokio::test]
async fn a_report_does_not_wait_for_the_telling() {
    let world = world();
    let closed = world.answers.forget_permits(usize::MAX);
    assert!(closed > 0);
    let service = world.service(Settings::default());
    assert_eq!(report(&service).await, DONE);
    assert_eq!(world.told(), []);
    world.answers.add_permits(100);
    world.told_soon(2).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_not_told_comes_with_a_sweep() {
    let world = world();
    world.change(|state| state.unanswered.insert(user(1)));
    let service = world.service(Settings::default());
    assert_eq!(report(&service).await, DONE);
    assert_eq!(service.telling.finish(Duration::from_secs(60)).await, 0);
    assert_eq!((world.told().len(), world.change(|state| state.untold.len())), (0, 1));
    world.change(|state| state.unanswered.clear());
    service.sweep(at(7_000), Duration::from_secs(5)).await;
    assert_eq!((world.told().len(), world.change(|state| state.untold.len())), (2, 0));
}

#[tokio::test]
async fn who_left_again_is_not_said_to_be_online() {
    let world = world();
    world.answers.forget_permits(usize::MAX);
    let service = world.service(Settings::default());
    report(&service).await.unwrap();
    world.change(|state| state.online.remove(&user(1)));
    world.answers.add_permits(100);
    assert_eq!(service.telling.finish(Duration::from_secs(60)).await, 0);
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn past_what_may_wait_reports_are_still_taken() {
    let world = world();
    world.answers.forget_permits(usize::MAX);
    let service = world.service(Settings { reports_pending: 1, ..Settings::default() });
    for n in [1, 5] {
        world.change(|state| state.reported.came_online = vec![user(n)]);
        assert_eq!(report(&service).await, DONE);
    }
    world.answers.add_permits(100);
    assert_eq!(world.told_soon(2).await.len(), 2);
    assert_eq!(world.change(|state| state.untold.clone()).len(), 1, "a sweep is given the other one");
}

#[tokio::test]
async fn a_gateway_without_a_lease_is_asked_for_everything() {
    let world = world();
    world.change(|state| state.reported = Reported { lease_was_missing: true, came_online: Vec::new() });
    let service = world.service(Settings::default());
    assert_eq!(report(&service).await, Ok(Reply::SocketsReported(SocketsReported { report_all: true })));
}

#[tokio::test]
async fn a_gateway_can_withdraw() {
    let world = world();
    let service = world.service(Settings::default());
    let withdraw = WithdrawGateway { gateway: GATEWAY };
    assert_eq!(service.handle(withdraw.into()).await, Ok(Reply::Done(())));
    assert_eq!(world.change(|state| state.withdrawn.clone()), [GATEWAY]);
}

#[tokio::test]
async fn without_presence_the_service_is_unavailable() {
    let world = world();
    world.change(|state| state.presence_down = true);
    let service = world.service(Settings::default());
    assert_eq!(report(&service).await, Err(Rejection::Unavailable));
    let withdraw = WithdrawGateway { gateway: GATEWAY };
    assert_eq!(service.handle(withdraw.into()).await, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn another_services_command_is_a_fault() {
    let service = world().service(Settings::default());
    let command = Command::from(GetMe { user: user(1) });
    assert_eq!(service.handle(command).await, Err(Rejection::Internal));
}
