//! What every [`Presence`] keeps to.
//!
//! `presence_suite!(make)` makes a test of each law, where `make` is an expression whose value has
//! a `presence: impl Presence` in which nobody is online, and keeps alive what that needs.

#![expect(clippy::expect_used, reason = "a suite of tests")]

mod gateways;
mod notices;

use std::time::Duration;

use natter_domain::ports::{Presence, Reported};
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::{GatewayId, Timestamp, UserId};

pub use gateways::*;
pub use notices::*;

/// Makes the tests.
#[macro_export]
macro_rules! presence_suite {
    ($make:expr) => {
        $crate::presence_suite!(@each $make;
            a_gateway_starts_without_a_lease
            a_report_keeps_the_lease
            comes_online_once
            comes_online_once_in_a_race
            goes_on_while_one_gateway_has_a_socket
            a_gateway_that_withdraws_has_no_sockets
            a_lost_lease_is_reported_anew
            a_late_report_takes_nothing_over
            one_gateways_end_leaves_the_others
            says_nothing_of_strangers
            repeated_reports_change_nothing
            stays_online_for_the_grace
            returns_within_the_grace_unnoticed
            names_those_who_are_offline_until_told
            a_return_before_the_notice_takes_it_back
            an_old_acknowledgement_is_of_no_use
            names_at_most_as_many_as_asked_for
            sweeps_a_lost_gateway_in_steps
            repeated_acknowledgements_change_nothing
            gives_a_coming_again_until_told
            gives_only_the_latest_transition
        );
    };
    (@each $make:expr; $($law:ident)*) => {$(
        #[tokio::test]
        async fn $law() {
            let made = $make;
            $crate::presence::$law(&made.presence).await;
        }
    )*};
}

const LEASE: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(5);

const ONE: GatewayId = GatewayId::from_bytes([1; 12]);
const OTHER: GatewayId = GatewayId::from_bytes([2; 12]);

fn user(n: u16) -> UserId {
    let [high, low] = n.to_be_bytes();
    UserId::from_bytes([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, high, low])
}

/// So many seconds into the test.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

/// Reports the numbers of sockets of these users; who came online by it has been told.
async fn report(
    presence: &dyn Presence,
    gateway: GatewayId,
    sockets: &[(u16, u32)],
    now: Timestamp,
) -> Reported {
    let sockets: Vec<_> =
        sockets.iter().map(|(n, sockets)| SocketCount { user: user(*n), sockets: *sockets }).collect();
    let reported = presence.report(gateway, &sockets, LEASE, now).await.expect("reports");
    let came: Vec<_> =
        reported.came_online.iter().map(|user| Transition { user: *user, online: true, at: now }).collect();
    acknowledge(presence, &came).await;
    reported
}

async fn sweep(presence: &dyn Presence, now: Timestamp, limit: usize) -> Vec<Transition> {
    presence.sweep(now, GRACE, limit).await.expect("sweeps")
}

async fn acknowledge(presence: &dyn Presence, told: &[Transition]) {
    presence.acknowledge(told).await.expect("acknowledges");
}

async fn is_connected(presence: &dyn Presence, n: u16) -> bool {
    presence.connected(&[user(n)]).await.expect("is known").contains(&user(n))
}

async fn is_online(presence: &dyn Presence, n: u16) -> bool {
    presence.online(&[user(n)]).await.expect("is known").contains(&user(n))
}

fn went_offline(n: u16, last_seen: Timestamp) -> Transition {
    Transition { user: user(n), online: false, at: last_seen }
}
