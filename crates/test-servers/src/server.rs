//! One server.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use crate::guard::Guard;
use crate::{binary, free_port};

/// A server that is not ready by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it is ready.
const PAUSE: Duration = Duration::from_millis(20);
/// An answer to such a look takes no longer.
const ANSWER: Duration = Duration::from_secs(1);

/// A server of its own for a test. Dropping it kills it and removes its directory.
pub struct Server {
    name: &'static str,
    scheme: &'static str,
    arguments: Vec<String>,
    port: u16,
    directory: PathBuf,
    is_ready: fn(TcpStream) -> bool,
    guard: Option<Guard>,
}

impl Server {
    /// A nats-server with its defaults: core NATS alone, payloads of at most 1 MB.
    pub fn nats() -> Self {
        Self::start("nats-server", "nats", greets, |port, _| {
            ["--addr", "127.0.0.1", "--port", port].map(str::to_owned).to_vec()
        })
    }

    /// A redis-server that stores nothing: restarted, it is empty.
    pub fn redis() -> Self {
        Self::start("redis-server", "redis", answers_ping, |port, directory| {
            ["--bind", "127.0.0.1", "--port", port, "--dir", directory, "--save", "", "--appendonly", "no"]
                .map(str::to_owned)
                .to_vec()
        })
    }

    /// A redis-server that is a cluster of one, which has every slot: `redis-cluster://…`. Restarted,
    /// it is empty.
    pub fn redis_cluster() -> Self {
        Self::start("redis-server", "redis-cluster", has_every_slot, |port, directory| {
            // A node learns its address from others, which this one has not.
            let address = "127.0.0.1";
            // Left to itself it takes its port + 10,000, which any connection may have.
            let bus = free_port().to_string();
            let cluster =
                ["--cluster-enabled", "yes", "--cluster-announce-ip", address, "--cluster-port", &bus];
            let listen = ["--bind", address, "--port", port];
            let storage = ["--dir", directory, "--save", "", "--appendonly", "no"];
            cluster.into_iter().chain(listen).chain(storage).map(str::to_owned).collect()
        })
    }

    /// Starts it with the arguments for its port and directory, and waits until it is ready.
    pub(crate) fn start(
        name: &'static str,
        scheme: &'static str,
        is_ready: fn(TcpStream) -> bool,
        arguments: impl FnOnce(&str, &str) -> Vec<String>,
    ) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("natter-test-{}-{number}", process::id()));
        let port = free_port();
        let arguments = arguments(&port.to_string(), &directory.to_string_lossy());
        let mut server = Self { name, scheme, arguments, port, directory, is_ready, guard: None };
        server.restart();
        server
    }

    /// The port of 127.0.0.1 on which it listens, also after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Such as `nats://127.0.0.1:20017`.
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// Kills it (SIGKILL) where it runs, starts it again on the same port and directory, and waits
    /// until it is ready.
    pub fn restart(&mut self) {
        self.kill();
        self.guard = Some(Guard::start(&binary::find(self.name), &self.arguments, &self.directory));
        self.wait_until_ready();
    }

    /// Kills it (SIGKILL); what it has written stays.
    pub fn kill(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.kill();
        }
    }

    /// Stops it without ending it (SIGSTOP): connections stay, and nothing answers.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after [`Server::pause`].
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        self.guard.as_ref().expect("the server runs").signal(name);
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        while !self.connect().is_some_and(self.is_ready) {
            let running = self.guard.as_ref().is_some_and(Guard::is_running);
            if !running || start.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                panic!("{} on port {} did not become ready; it says:\n{log}", self.name, self.port);
            }
            thread::sleep(PAUSE);
        }
    }

    /// A connection to it, whose reads and writes take no longer than an answer may.
    pub(crate) fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(ANSWER)).ok()?;
        stream.set_write_timeout(Some(ANSWER)).ok()?;
        Some(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // What is left is in the system's directory for that.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A nats-server speaks first.
fn greets(mut stream: TcpStream) -> bool {
    let mut word = [0; 5];
    stream.read_exact(&mut word).is_ok() && &word == b"INFO "
}

fn answers_ping(mut stream: TcpStream) -> bool {
    let mut answer = [0; 7];
    stream.write_all(b"PING\r\n").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"+PONG\r\n"
}

/// It is given the slots, unless it has them; then it takes about two seconds.
fn has_every_slot(mut stream: TcpStream) -> bool {
    let ask = b"CLUSTER ADDSLOTSRANGE 0 16383\r\nCLUSTER INFO\r\nQUIT\r\n";
    let mut answer = String::new();
    stream.write_all(ask).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.contains("cluster_state:ok")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_come_back_on_their_port_and_leave_nothing() {
        for mut server in [Server::nats(), Server::redis(), Server::redis_cluster()] {
            let url = server.url();
            server.kill();
            assert!(server.connect().is_none(), "{url} is still there");
            server.restart();
            assert!(server.connect().is_some_and(server.is_ready));
            assert_eq!(server.url(), url);
            server.pause();
            server.resume();
            let directory = server.directory.clone();
            drop(server);
            assert!(!directory.exists());
        }
    }
}
