//! What the suite of the port doesn't hold: several processes, ones that end in the middle, and a
//! Redis that does.

mod many;
mod steps;
mod together;
mod unreachable;

use std::time::Duration;

use natter_domain::ports::{Presence as _, Reported};
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::{GatewayId, Timestamp, UserId};
use natter_test_servers::Server;

use crate::RedisPresence;
use crate::shard::{SHARDS, shard_of};

const LEASE: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(5);
const ONE: GatewayId = GatewayId::from_bytes([1; 12]);
const OTHER: GatewayId = GatewayId::from_bytes([2; 12]);

/// A Redis and a replica that uses it.
fn start() -> (Server, RedisPresence) {
    let server = Server::redis();
    let presence = connect(&server);
    (server, presence)
}

fn connect(server: &Server) -> RedisPresence {
    RedisPresence::connect(&server.url()).expect("a URL")
}

/// The user is in the shard of that number, modulo [`SHARDS`].
fn user(n: u16) -> UserId {
    let [high, low] = n.to_be_bytes();
    UserId::from_bytes([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, high, low])
}

fn users(numbers: impl IntoIterator<Item = u16>) -> Vec<UserId> {
    numbers.into_iter().map(user).collect()
}

fn counts(numbers: impl IntoIterator<Item = u16>, sockets: u32) -> Vec<SocketCount> {
    numbers.into_iter().map(|n| SocketCount { user: user(n), sockets }).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

fn went_offline(n: u16, last_seen: Timestamp) -> Transition {
    Transition { user: user(n), online: false, at: last_seen }
}

fn came_online(reported: &Reported, at: Timestamp) -> Vec<Transition> {
    reported.came_online.iter().map(|user| Transition { user: *user, online: true, at }).collect()
}

/// What comes of a report; who came online by it has been told.
async fn report(
    presence: &RedisPresence,
    gateway: GatewayId,
    sockets: &[SocketCount],
    now: Timestamp,
) -> Reported {
    let mut reported = presence.report(gateway, sockets, LEASE, now).await.expect("reports");
    presence.acknowledge(&came_online(&reported, now)).await.expect("acknowledges");
    reported.came_online.sort();
    reported
}

/// Whom a sweep names, in order.
async fn sweep(presence: &RedisPresence, now: Timestamp, limit: usize) -> Vec<Transition> {
    let mut gone = presence.sweep(now, GRACE, limit).await.expect("sweeps");
    gone.sort_by_key(|gone| gone.user);
    gone
}

async fn connected(presence: &RedisPresence, users: &[UserId]) -> Vec<UserId> {
    let mut connected: Vec<_> = presence.connected(users).await.expect("is known").into_iter().collect();
    connected.sort();
    connected
}

async fn online(presence: &RedisPresence, users: &[UserId]) -> usize {
    presence.online(users).await.expect("is known").len()
}

#[test]
fn neighbours_are_in_different_shards() {
    let shards: std::collections::HashSet<_> = (0..SHARDS as u16).map(|n| shard_of(user(n))).collect();
    assert_eq!(shards.len(), SHARDS);
}
