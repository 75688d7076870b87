//! More users than one script may look at.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use natter_domain::UserId;
use natter_domain::ports::Presence as _;
use natter_domain::presence::SocketCount;
use natter_test_servers::Server;

use super::{GRACE, ONE, at, report, start};
use crate::shard::{CHUNK, SHARDS, shard_of};

const USERS: u16 = 10_000;

/// How often Redis was asked to run a script.
fn scripts_run(server: &Server) -> usize {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("a server");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream.write_all(b"INFO commandstats\r\nQUIT\r\n").expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let calls = |name: &str| {
        let line =
            answer.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{name}:calls="))?.into());
        line.map_or(0, |line: &str| line.split(',').next().and_then(|n| n.parse().ok()).expect("a number"))
    };
    calls("evalsha")
}

/// All of one shard, where a chunk is full soonest.
fn in_one_shard(n: u16) -> UserId {
    let [high, low] = n.to_be_bytes();
    UserId::from_bytes([7, 7, 7, 7, 7, 7, 7, 7, 7, high, low, 0])
}

/// A gateway that held many users of one shard is taken out in chunks, and each user is named.
#[tokio::test]
async fn a_large_gateway_is_taken_out_in_chunks() {
    let (server, presence) = start();
    let everybody: Vec<_> = (0..USERS).map(in_one_shard).collect();
    assert!(everybody.iter().all(|user| shard_of(*user) == 0));
    for users in everybody.chunks(CHUNK) {
        let sockets: Vec<_> = users.iter().map(|user| SocketCount { user: *user, sockets: 1 }).collect();
        let reported = report(&presence, ONE, &sockets, at(0)).await;
        assert_eq!(reported.came_online.len(), CHUNK);
    }
    let all = presence.connected(&everybody).await.expect("is known");
    assert_eq!(all.len(), everybody.len());

    let before = scripts_run(&server);
    assert_eq!(presence.sweep(at(15), GRACE, CHUNK).await.expect("sweeps"), []);
    let run = scripts_run(&server) - before;
    // One for each chunk, one for the gateway's lease in each other shard, one to look for the gone
    // in each; and the first of a kind is run again with its text.
    assert_eq!(run, everybody.len() / CHUNK + (SHARDS - 1) + SHARDS);
    assert!(presence.connected(&everybody).await.expect("is known").is_empty());

    let mut named = HashSet::new();
    for left in (0..everybody.len() / CHUNK).rev() {
        let gone = presence.sweep(at(20), GRACE, CHUNK).await.expect("sweeps");
        assert_eq!(gone.len(), CHUNK);
        presence.acknowledge(&gone).await.expect("acknowledges");
        named.extend(gone.into_iter().map(|gone| gone.user));
        assert_eq!(presence.online(&everybody).await.expect("is known").len(), left * CHUNK);
    }
    assert_eq!(named.len(), everybody.len());
    assert_eq!(presence.sweep(at(21), GRACE, CHUNK).await.expect("sweeps"), []);
}

/// An answer about more users than a script may look at.
#[tokio::test]
async fn a_script_takes_no_more_than_a_chunk_from_a_gateway() {
    let (_server, presence) = start();
    let everybody: Vec<_> = (0..USERS / 8).map(in_one_shard).collect();
    for users in everybody.chunks(CHUNK) {
        let sockets: Vec<_> = users.iter().map(|user| SocketCount { user: *user, sockets: 1 }).collect();
        report(&presence, ONE, &sockets, at(0)).await;
    }
    let some: HashSet<_> = presence.shard(0).some_of(ONE).await.expect("is known").into_iter().collect();
    assert_eq!(some.len(), CHUNK);
    presence.withdraw(ONE, at(1)).await.expect("withdraws");
    assert_eq!(presence.shard(0).part(at(6), GRACE, 10 * CHUNK).await.expect("names").len(), CHUNK);
}
