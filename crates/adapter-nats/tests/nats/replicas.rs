//! Replicas that share the partitions of a service, come and go.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{PATIENCE, Worker, ask, connect, contacts, soon, until, user};
use natter_domain::ports::{CommandBus as _, CommandError, Service};
use natter_test_servers::{Proxy, Server};

/// Asks something of every partition, and more.
async fn ask_all(bus: &natter_adapter_nats::NatsBus, from: u64) {
    let answers = futures::future::join_all((from..from + 500).map(|n| ask(bus, contacts(n), PATIENCE)));
    assert!(answers.await.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_share_and_one_that_is_killed_is_replaced() {
    let server = Server::nats();
    let proxy = Proxy::to(server.port());
    let [caller, stays, dies] =
        [connect(server.port()).await, connect(server.port()).await, connect(proxy.port()).await];
    let workers = [Arc::<Worker>::default(), Arc::<Worker>::default()];
    let _staying = stays.serve(Service::Message, Arc::clone(&workers[0]) as _).await.unwrap();
    let _dying = dies.serve(Service::Message, Arc::clone(&workers[1]) as _).await.unwrap();

    // Soon each partition has one owner: what is asked again goes to the same one.
    let owners = || workers.iter().map(|worker| worker.taken()).collect::<Vec<_>>();
    until("each has its part", async || {
        let before = owners();
        ask_all(&caller, 0).await;
        ask_all(&caller, 0).await;
        let after = owners();
        (0..500).map(user).all(|user| {
            let times = |taken: &[HashMap<_, u32>]| {
                taken.iter().map(|taken| taken.get(&user).copied().unwrap_or(0)).collect::<Vec<_>>()
            };
            let (before, after) = (times(&before), times(&after));
            let more: Vec<u32> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
            more == [2, 0] || more == [0, 2]
        })
    })
    .await;
    assert!(workers.iter().all(|worker| worker.taken().len() > 50), "nobody has next to nothing");

    // As when its process is killed: its connections end, and it says no more.
    proxy.cut();
    proxy.reset();
    for n in 1_000..1_500 {
        // What was on its way to the killed one is answered by nobody.
        let deadline = Duration::from_millis(200);
        until("the other one answers", async || ask(&caller, contacts(n), deadline).await.is_ok()).await;
    }
    assert!((1_000..1_500).all(|n| workers[0].taken().contains_key(&user(n))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_is_lost_or_doubled_when_replicas_come_and_go() {
    let server = Server::nats();
    let [caller, stays, goes] =
        [connect(server.port()).await, connect(server.port()).await, connect(server.port()).await];
    let [worker, guest] = [Arc::<Worker>::default(), Arc::<Worker>::default()];
    let _staying = stays.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    let stop = AtomicBool::new(false);
    let call = async |first: u64| {
        let mut asked = 0;
        while !stop.load(Ordering::Relaxed) {
            let n = first + asked;
            asked += 1;
            loop {
                match ask(&caller, contacts(n), PATIENCE).await {
                    Ok(_) => break,
                    // Nothing happened: this may be tried again.
                    Err(CommandError::NoResponder) => tokio::time::sleep(Duration::from_millis(5)).await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
        asked
    };
    let callers = futures::future::join_all((0..50).map(|n| call(n * 1_000_000)));
    let changes = async {
        for _ in 0..5 {
            let before = guest.taken().len();
            let serving = goes.serve(Service::Message, Arc::clone(&guest) as _).await.unwrap();
            until("the other one takes its part", async || guest.taken().len() > before + 100).await;
            drop(serving);
            assert!(soon("it ends", goes.finish(PATIENCE)).await);
            let before = worker.taken().len();
            until("the one that stays takes all", async || worker.taken().len() > before + 100).await;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (asked, ()) = futures::join!(callers, changes);
    let (taken, by_guest) = (worker.taken(), guest.taken());
    assert_eq!((taken.len() + by_guest.len()) as u64, asked.iter().sum::<u64>());
    assert!(taken.values().chain(by_guest.values()).all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_ends_answers_what_it_has_taken_first() {
    let server = Server::nats();
    let [caller, leaves] = [connect(server.port()).await, connect(server.port()).await];
    let worker = Arc::<Worker>::default();
    let serving = leaves.serve(Service::Message, Arc::clone(&worker) as _).await.unwrap();
    assert!(!leaves.finish(Duration::from_millis(50)).await, "it still serves");
    let asked: Vec<_> = (0..500).map(|n| ask(&caller, contacts(n), PATIENCE)).collect();
    let (answers, finished) = futures::join!(futures::future::join_all(asked), async {
        until("some are taken", async || !worker.taken().is_empty()).await;
        drop(serving);
        leaves.finish(PATIENCE).await
    });
    assert!(finished);
    let answered = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(answered, worker.taken().len());
    assert!(answers.iter().all(|it| matches!(it, Ok(_) | Err(CommandError::NoResponder))), "{answers:?}");
}
