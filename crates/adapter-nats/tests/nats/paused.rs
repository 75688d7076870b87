//! A replica in a process of its own, which is stopped and goes on, or is killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use natter_adapter_nats::NatsBus;
use natter_domain::command::{self, Contacts, GetMe, ListContacts, Reply};
use natter_domain::ports::{CommandBus as _, CommandError, CommandHandler, Service};
use natter_domain::{Rejection, UserId};
use natter_runtime::commands::Commands;
use natter_test_servers::Server;

use crate::support::{PATIENCE, Worker, ask, connect, contacts, until, user};

/// Where the process of its own finds NATS.
const PORT: &str = "NATTER_TEST_PAUSED_PORT";

/// Says whose commands it carries out. `GetMe` is never answered.
struct Says;

#[async_trait]
impl CommandHandler for Says {
    async fn handle(&self, command: command::Command) -> Result<Reply, Rejection> {
        match command {
            command::Command::ListContacts(ListContacts { user, .. }) => {
                println!("\ntook {user}");
                Ok(Reply::Contacts(Contacts::default()))
            }
            command::Command::GetMe(GetMe { user }) => {
                println!("\ntook {user}");
                std::future::pending().await
            }
            other => panic!("no such command in these tests: {}", other.name()),
        }
    }
}

struct Process {
    child: Child,
    taken: Arc<Mutex<Vec<UserId>>>,
}

impl Process {
    fn start(port: u16) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "paused::the_process_of_its_own", "--nocapture"])
            .env(PORT, port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let taken = Arc::<Mutex<Vec<UserId>>>::default();
        let (said, heard) = (child.stdout.take().unwrap(), Arc::clone(&taken));
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(id) = line.strip_prefix("took ") {
                    heard.lock().unwrap().push(UserId::lenient(id));
                }
            }
        });
        Self { child, taken }
    }

    fn taken(&self) -> Vec<UserId> {
        self.taken.lock().unwrap().clone()
    }

    fn signal(&self, name: &str) {
        let status =
            Command::new("/bin/kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }

    /// Stops it. The signal is sent at once, but each thread goes on until it is next looked at.
    async fn stop(&self) {
        self.signal("STOP");
        let threads = format!("/proc/{}/task", self.child.id());
        until("the process has stopped", async || {
            std::fs::read_dir(&threads).unwrap().all(|thread| {
                let status = std::fs::read_to_string(thread.unwrap().path().join("status"));
                status.is_ok_and(|status| status.contains("\nState:\tT"))
            })
        })
        .await;
    }

    /// Asks for one after another, until this one has answered.
    async fn until_it_answers(&self, bus: &NatsBus, from: u64) {
        let next = std::sync::atomic::AtomicU64::new(from);
        until("the process answers", async || {
            let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            // Meanwhile anything may happen.
            let _ = ask(bus, contacts(n), PATIENCE).await;
            self.taken().iter().any(|taken| *taken >= user(from))
        })
        .await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not a test by itself: what [`Process`] runs.
#[test]
fn the_process_of_its_own() {
    let Some(port) = std::env::var_os(PORT) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let bus = connect(port.to_str().unwrap().parse().unwrap()).await;
        let _serving = bus.serve(Service::Message, Arc::new(Says)).await.unwrap();
        std::future::pending::<()>().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_stopped_costs_no_more_than_a_retry_and_begins_nothing_late() {
    let server = Server::nats();
    let [caller, stays] = [connect(server.port()).await, connect(server.port()).await];
    let worker = Arc::<Worker>::default();
    let _serving = stays.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    let process = Process::start(server.port());
    process.until_it_answers(&caller, 0).await;

    process.stop().await;
    let caller = Arc::new(caller);
    // As gateways do, within their deadline.
    let commands = Commands::new(Arc::clone(&caller) as _);
    let start = Instant::now();
    let answers = futures::future::join_all((10_000..10_200).map(|n| commands.call(contacts(n)))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let taken = worker.taken();
    assert!((10_000..10_200).all(|n| taken.contains_key(&user(n))));
    // The next ones don't wait at all: each has much less time than it takes to notice.
    let quick = commands.clone().within(Duration::from_secs(1));
    let answers = futures::future::join_all((10_200..10_400).map(|n| quick.call(contacts(n)))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");

    process.signal("CONT");
    process.until_it_answers(&caller, 20_000).await;
    let late: Vec<_> =
        process.taken().into_iter().filter(|taken| (user(10_000)..user(20_000)).contains(taken)).collect();
    assert!(late.is_empty(), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_in_one_that_is_killed_is_known_to_be_lost() {
    let server = Server::nats();
    let caller = connect(server.port()).await;
    let mut process = Process::start(server.port());
    process.until_it_answers(&caller, 0).await;
    let never = GetMe { user: user(50_000) };
    let (answer, ()) = futures::join!(ask(&caller, never, PATIENCE), async {
        until("the command is taken", async || process.taken().contains(&user(50_000))).await;
        process.child.kill().unwrap();
    });
    assert!(matches!(answer, Err(CommandError::Lost)), "{answer:?}");
    let nobody = ask(&caller, contacts(1), PATIENCE).await;
    assert!(matches!(nobody, Err(CommandError::NoResponder)), "{nobody:?}");
}
