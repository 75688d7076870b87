//! Two replicas at once.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use natter_domain::ports::Presence as _;
use natter_domain::presence::SocketCount;
use natter_domain::{GatewayId, UserId};

use super::{ONE, at, connect, counts, report, start, sweep, user, users};
use crate::RedisPresence;

/// Of reports to both at the same time, one brings each user online.
#[tokio::test]
async fn a_user_comes_online_once_over_both() {
    let (server, first) = start();
    let second = connect(&server);
    let sockets = counts(0..100, 1);
    let reports = (1..=20).map(|n| {
        let presence = if n % 2 == 0 { &first } else { &second };
        report(presence, GatewayId::from_bytes([n; 12]), &sockets, at(0))
    });
    let mut came_online: Vec<_> =
        join_all(reports).await.into_iter().flat_map(|reported| reported.came_online).collect();
    came_online.sort();
    assert_eq!(came_online, users(0..100));
}

/// A gateway that sends a report a second time, to the other one, while the first is under way.
#[tokio::test]
async fn one_report_to_both_counts_once() {
    let (server, first) = start();
    let second = connect(&server);
    for round in 0..20 {
        let gateway = GatewayId::from_bytes([round + 1; 12]);
        let numbers = u16::from(round) * 100..u16::from(round) * 100 + 100;
        let sockets = counts(numbers.clone(), 1);
        let (one, other) =
            tokio::join!(report(&first, gateway, &sockets, at(0)), report(&second, gateway, &sockets, at(0)));
        assert!(one.lease_was_missing || other.lease_was_missing);
        // Where one cleared what the other had begun, it asks for everything again.
        let again = report(&first, gateway, &sockets, at(1)).await;
        assert!(!again.lease_was_missing);
        let mut came_online = [one.came_online, other.came_online, again.came_online].concat();
        came_online.sort();
        assert_eq!(came_online, users(numbers.clone()));
        assert_eq!(super::connected(&first, &users(numbers.clone())).await, users(numbers));
    }
}

/// Both sweep at once: nobody is given to both, and nobody is left out.
#[tokio::test]
async fn sweeps_of_both_name_everybody() {
    let (server, first) = start();
    let second = connect(&server);
    report(&first, ONE, &counts(0..300, 1), at(0)).await;
    let mut named = Vec::new();
    while named.len() < 300 {
        let (one, other) = tokio::join!(sweep(&first, at(20), 50), sweep(&second, at(20), 50));
        assert!(!one.is_empty() || !other.is_empty(), "{} were named", named.len());
        first.acknowledge(&one).await.expect("acknowledges");
        named.extend(one.iter().chain(&other).map(|gone| gone.user));
    }
    named.sort();
    assert_eq!(named, users(0..300));
    assert_eq!(sweep(&second, at(24), 50).await, []);
    assert!(!sweep(&first, at(25), 300).await.is_empty(), "what the second has not acknowledged");
}

/// Users flicker on four gateways while both replicas sweep: in the end each went offline as often
/// as they came online.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_coming_has_its_going() {
    const GATEWAYS: u8 = 4;
    const USERS: u16 = 40;
    const ROUNDS: u32 = 100;
    let (server, first) = start();
    let replicas = [first, connect(&server)];
    // Long after the first report: no gateway knows of users that Redis has lost.
    report(&replicas[0], ONE, &[], at(0)).await;
    let clock = AtomicI64::new(100);
    let now = || at(clock.fetch_add(1, Ordering::SeqCst));
    let done = AtomicBool::new(false);
    let lease = Duration::from_secs(1_000_000);

    let gateway = async |n: u8| {
        let mut chance = Chance(u32::from(n) + 1);
        let mut came_online = Vec::new();
        for round in 0..=ROUNDS {
            let replica = &replicas[usize::from(n) % 2];
            let sockets = if round == ROUNDS { counts(0..USERS, 0) } else { chance.some_of(USERS) };
            let id = GatewayId::from_bytes([n + 10; 12]);
            let at = now();
            let reported = replica.report(id, &sockets, lease, at).await.expect("reports");
            replica.acknowledge(&super::came_online(&reported, at)).await.expect("acknowledges");
            assert_eq!(reported.lease_was_missing, round == 0);
            came_online.extend(reported.came_online);
        }
        came_online
    };
    let sweeper = async |replica: &RedisPresence| {
        let mut named = Vec::new();
        loop {
            let last = done.load(Ordering::SeqCst);
            let given = replica.sweep(now(), Duration::from_secs(1), 7).await.expect("sweeps");
            replica.acknowledge(&given).await.expect("acknowledges");
            if last && given.is_empty() {
                return named;
            }
            named.extend(given.into_iter().filter(|transition| !transition.online));
        }
    };
    let gateways = async {
        let came_online = join_all((0..GATEWAYS).map(gateway)).await.concat();
        clock.fetch_add(10, Ordering::SeqCst);
        done.store(true, Ordering::SeqCst);
        came_online
    };
    let (came_online, one, other) = tokio::join!(gateways, sweeper(&replicas[0]), sweeper(&replicas[1]));

    // One who was not told yet is named by both; at one time, a user leaves once.
    let went_offline: HashSet<_> = one.iter().chain(&other).map(|gone| (gone.user, gone.at)).collect();
    let goings = count(went_offline.into_iter().map(|(user, _)| user));
    let comings = count(came_online);
    assert!(comings.values().sum::<u32>() > u32::from(USERS), "nobody came twice");
    assert_eq!(comings, goings);
}

fn count(users: impl IntoIterator<Item = UserId>) -> HashMap<UserId, u32> {
    let mut counts = HashMap::new();
    users.into_iter().for_each(|user| *counts.entry(user).or_default() += 1);
    counts
}

/// Numbers that are the same in each run.
struct Chance(u32);

impl Chance {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % bound
    }

    /// About a quarter of the users, of whom half have a socket.
    fn some_of(&mut self, users: u16) -> Vec<SocketCount> {
        let mut some = Vec::new();
        for n in 0..users {
            if self.below(4) == 0 {
                some.push(SocketCount { user: user(n), sockets: self.below(2) });
            }
        }
        some
    }
}
