//! A replica set of mongods.

mod wire;

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::Server;
use wire::{Document, Reply};

const SET: &str = "natter";
/// A set that has no primary by then never will.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a primary may be silent before the others elect another one: MongoDB's default of 10 s
/// makes tests wait for nothing.
const ELECTION_MS: i32 = 2_000;

/// A replica set of mongods, with a primary when made. Dropping it kills them.
pub struct MongoSet {
    members: Vec<Server>,
}

impl MongoSet {
    /// A set of so many members (one, or three where one is to fail).
    pub fn start(members: usize) -> Self {
        let set = Self { members: (0..members).map(|_| member()).collect() };
        set.initiate();
        set.wait_for_primary();
        set.wait_until("every member follows", || {
            (0..members)
                .all(|n| set.hello(n).is_some_and(|it| it.says("isWritablePrimary") || it.says("secondary")))
        });
        set
    }

    /// Such as `mongodb://127.0.0.1:20017,127.0.0.1:20018/?replicaSet=natter`.
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self.members.iter().map(address).collect();
        format!("mongodb://{}/?replicaSet={SET}", hosts.join(","))
    }

    /// The `n`th member, to be killed, paused, restarted.
    pub fn member(&mut self, n: usize) -> &mut Server {
        self.members.get_mut(n).expect("the set has such a member")
    }

    /// Which member takes writes now.
    pub fn primary(&self) -> Option<usize> {
        (0..self.members.len()).find(|n| self.hello(*n).is_some_and(|it| it.says("isWritablePrimary")))
    }

    /// Waits until a member takes writes, and says which.
    pub fn wait_for_primary(&self) -> usize {
        let mut primary = None;
        self.wait_until("there is a primary", || {
            primary = self.primary();
            primary.is_some()
        });
        primary.expect("it was waited for")
    }

    fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < PATIENCE, "not within a minute: {what} ({})", self.url());
            thread::sleep(PAUSE);
        }
    }

    fn hello(&self, n: usize) -> Option<Reply> {
        wire::run(self.members.get(n)?.connect()?, Document::new().int("hello", 1))
    }

    fn initiate(&self) {
        let members = self.members.iter().enumerate().fold(Document::new(), |members, (n, server)| {
            let member = Document::new().int("_id", n as i32).text("host", &address(server));
            members.document(&n.to_string(), member)
        });
        let settings = Document::new().int("electionTimeoutMillis", ELECTION_MS);
        let configuration =
            Document::new().text("_id", SET).array("members", members).document("settings", settings);
        let command = Document::new().document("replSetInitiate", configuration);
        let first = self.members.first().expect("a set has members");
        // Its answer may take longer than those that servers are asked for while they start.
        let stream = first.connect().expect("mongod takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        let reply = wire::run(stream, command).expect("mongod answers");
        assert!(reply.is_ok(), "the set can't be initiated: {reply:?}");
    }
}

fn address(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

fn member() -> Server {
    let is_ready = |stream: TcpStream| {
        wire::run(stream, Document::new().int("hello", 1)).is_some_and(|reply| reply.is_ok())
    };
    Server::start("mongod", "mongodb", is_ready, |port, directory| {
        let plain = ["--bind_ip", "127.0.0.1", "--port", port, "--dbpath", directory, "--replSet", SET];
        // Small, since many may run at once; no files of diagnostics, no socket in /tmp.
        let small = ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--nounixsocket"];
        let quiet = ["--setParameter", "diagnosticDataCollectionEnabled=false"];
        plain.into_iter().chain(small).chain(quiet).map(str::to_owned).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_member_takes_over_and_the_killed_one_comes_back() {
        let mut set = MongoSet::start(3);
        let first = set.wait_for_primary();
        set.member(first).kill();
        assert_ne!(set.wait_for_primary(), first);
        set.member(first).restart();
        set.wait_until("the killed one follows", || set.hello(first).is_some_and(|it| it.says("secondary")));
    }
}
