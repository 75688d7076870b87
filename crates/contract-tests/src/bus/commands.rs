//! Laws of command buses.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite of tests")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::join_all;
use natter_domain::command::{
    Command, Contacts, GetMe, ListContacts, ListVisible, LogOut, Reply, Request, WhoIsConnected,
};
use natter_domain::ports::{CommandBus, CommandError, CommandHandler, Service};
use natter_domain::session::Bearer;
use natter_domain::{Rejection, SessionId, Timestamp, UserId};
use tokio::sync::Semaphore;

use super::{PATIENCE, soon};

/// Makes the tests.
#[macro_export]
macro_rules! command_bus_suite {
    ($make:expr) => {
        $crate::command_bus_suite!(@each $make;
            carries_commands_and_replies
            carries_rejections
            answers_at_once_where_nobody_serves
            keeps_the_deadline
            gives_each_command_to_one_worker
            carries_out_commands_at_the_same_time
            stops_when_serving_ends
            lets_commands_under_way_go_on
            goes_on_with_the_workers_that_are_left
        );
    };
    (@each $make:expr; $($law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $law() {
            let made = $make;
            let [first, second] = &made.buses;
            $crate::bus::commands::$law(&**first, &**second).await;
        }
    )*};
}

fn user(n: u64) -> UserId {
    let [a, b, c, d, e, f, g, h] = n.to_be_bytes();
    UserId::from_bytes([1, 1, 1, 1, a, b, c, d, e, f, g, h])
}

/// Answers some commands, and counts for whom.
///
/// `ListContacts` is answered with its user, `ListVisible` is rejected, `LogOut` waits to be let.
struct Worker {
    taken: Mutex<HashMap<UserId, u32>>,
    entered: Semaphore,
    gate: Semaphore,
}

impl Worker {
    fn new() -> Arc<Self> {
        Arc::new(Self { taken: Mutex::default(), entered: Semaphore::new(0), gate: Semaphore::new(0) })
    }

    fn taken(&self) -> HashMap<UserId, u32> {
        self.taken.lock().expect("no test panicked").clone()
    }

    /// Waits until a `LogOut` has come in.
    async fn entered(&self) {
        soon("a command comes in", self.entered.acquire()).await.expect("never closed").forget();
    }
}

#[async_trait]
impl CommandHandler for Worker {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        match command {
            Command::ListContacts(ListContacts { user, .. }) => {
                *self.taken.lock().expect("no test panicked").entry(user).or_default() += 1;
                Ok(Reply::Contacts(Contacts { users: vec![user], more: true }))
            }
            Command::ListVisible(_) => Err(Rejection::invalid("users", "too many ✗")),
            Command::LogOut(_) => {
                self.entered.add_permits(1);
                self.gate.acquire().await.expect("never closed").forget();
                Ok(Reply::Done(()))
            }
            Command::WhoIsConnected(WhoIsConnected { users }) => {
                Ok(Reply::Connected(users.into_iter().collect()))
            }
            other => panic!("no such command in this suite: {}", other.name()),
        }
    }
}

async fn ask(bus: &dyn CommandBus, request: impl Request, deadline: Duration) -> Result<Reply, CommandError> {
    let address = request.address();
    bus.request(address, request.into(), deadline).await
}

fn contacts(n: u64) -> ListContacts {
    ListContacts { user: user(n), after: None }
}

/// A command that waits to be let.
fn waiting() -> LogOut {
    let zero = Timestamp::from_millis(0);
    let bearer =
        Bearer { user: user(0), session: SessionId::NONE, own: true, issued_at: zero, expires_at: zero };
    LogOut { bearer, everywhere: false }
}

/// A command's contents arrive, and its reply's come back, from every partition and service.
pub async fn carries_commands_and_replies(here: &dyn CommandBus, there: &dyn CommandBus) {
    let worker = Worker::new();
    let _message = there.serve(Service::Message, Arc::clone(&worker) as _).await.expect("serves");
    let _presence = there.serve(Service::Presence, worker).await.expect("serves");
    for n in 0..200 {
        match ask(here, contacts(n), PATIENCE).await.expect("is answered") {
            Reply::Contacts(reply) => assert_eq!(reply, Contacts { users: vec![user(n)], more: true }),
            other => panic!("another reply: {other:?}"),
        }
    }
    let users = vec![user(1), user(2)];
    let reply = ask(here, WhoIsConnected { users: users.clone() }, PATIENCE).await.expect("is answered");
    assert_eq!(reply, Reply::Connected(users.into_iter().collect()));
}

/// A rejection is the worker's, word for word.
pub async fn carries_rejections(here: &dyn CommandBus, there: &dyn CommandBus) {
    let _serving = there.serve(Service::Message, Worker::new()).await.expect("serves");
    match ask(here, ListVisible { viewer: user(1), users: Vec::new() }, PATIENCE).await {
        Err(CommandError::Rejected(rejection)) => {
            assert_eq!(rejection, Rejection::invalid("users", "too many ✗"));
        }
        other => panic!("no rejection: {other:?}"),
    }
}

/// Nobody there is told long before the deadline; another service's workers don't count.
pub async fn answers_at_once_where_nobody_serves(here: &dyn CommandBus, there: &dyn CommandBus) {
    let _serving = there.serve(Service::Presence, Worker::new()).await.expect("serves");
    let start = Instant::now();
    let answer = ask(here, GetMe { user: user(1) }, PATIENCE).await;
    assert!(matches!(answer, Err(CommandError::NoResponder)), "{answer:?}");
    assert!(start.elapsed() < PATIENCE / 2);
}

/// No reply in time is a timeout, neither before the deadline nor long after.
pub async fn keeps_the_deadline(here: &dyn CommandBus, there: &dyn CommandBus) {
    let _serving = there.serve(Service::Message, Worker::new()).await.expect("serves");
    let deadline = Duration::from_millis(200);
    let start = Instant::now();
    let answer = ask(here, waiting(), deadline).await;
    assert!(matches!(answer, Err(CommandError::TimedOut)), "{answer:?}");
    assert!(start.elapsed() >= deadline);
    assert!(start.elapsed() < PATIENCE / 2);
}

/// However many workers there are, each command is carried out once.
pub async fn gives_each_command_to_one_worker(here: &dyn CommandBus, there: &dyn CommandBus) {
    let workers = [Worker::new(), Worker::new(), Worker::new()];
    let mut serving = Vec::new();
    for (worker, bus) in workers.iter().zip([here, there, there]) {
        serving.push(bus.serve(Service::Message, Arc::clone(worker) as _).await.expect("serves"));
    }
    let answers = join_all((0..300).map(|n| ask(here, contacts(n), PATIENCE))).await;
    assert!(answers.iter().all(Result::is_ok));
    let mut taken: HashMap<UserId, u32> = HashMap::new();
    for (user, times) in workers.iter().flat_map(|worker| worker.taken()) {
        *taken.entry(user).or_default() += times;
    }
    assert_eq!(taken, (0..300).map(|n| (user(n), 1)).collect());
}

/// One command that takes long holds up no other one, not even of its partition.
pub async fn carries_out_commands_at_the_same_time(here: &dyn CommandBus, there: &dyn CommandBus) {
    let worker = Worker::new();
    let _serving = there.serve(Service::Message, Arc::clone(&worker) as _).await.expect("serves");
    let others = async {
        worker.entered().await;
        for n in 0..100 {
            ask(here, contacts(n), PATIENCE).await.expect("is answered");
        }
        worker.gate.add_permits(1);
    };
    let (slow, ()) = futures::join!(ask(here, waiting(), PATIENCE * 2), others);
    assert!(matches!(slow, Ok(Reply::Done(()))), "{slow:?}");
}

/// A worker that has ended its part is given nothing more.
pub async fn stops_when_serving_ends(here: &dyn CommandBus, there: &dyn CommandBus) {
    let worker = Worker::new();
    let serving = there.serve(Service::Message, Arc::clone(&worker) as _).await.expect("serves");
    ask(here, contacts(1), PATIENCE).await.expect("is answered");
    drop(serving);
    soon("nobody answers any more", async {
        while !matches!(ask(here, contacts(2), PATIENCE).await, Err(CommandError::NoResponder)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// A worker that ends its part still answers what it has taken.
pub async fn lets_commands_under_way_go_on(here: &dyn CommandBus, there: &dyn CommandBus) {
    let worker = Worker::new();
    let serving = there.serve(Service::Message, Arc::clone(&worker) as _).await.expect("serves");
    let leaves = async {
        worker.entered().await;
        drop(serving);
        worker.gate.add_permits(1);
    };
    let (answer, ()) = futures::join!(ask(here, waiting(), PATIENCE), leaves);
    assert!(matches!(answer, Ok(Reply::Done(()))), "{answer:?}");
}

/// When one of two workers leaves, the other one takes all partitions.
pub async fn goes_on_with_the_workers_that_are_left(here: &dyn CommandBus, there: &dyn CommandBus) {
    let (leaves, stays) = (Worker::new(), Worker::new());
    let leaving = there.serve(Service::Message, leaves).await.expect("serves");
    let _staying = here.serve(Service::Message, Arc::clone(&stays) as _).await.expect("serves");
    ask(here, contacts(0), PATIENCE).await.expect("is answered");
    drop(leaving);
    soon("the other one answers everything", async {
        for n in 1..200 {
            while ask(here, contacts(n), PATIENCE).await.is_err() || !stays.taken().contains_key(&user(n)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    })
    .await;
}
