//! Bounds on work, waiting, draining, health over HTTP, and the secret's file.

use std::{
    num::NonZeroU16,
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Backoff, BlockingError, BlockingPool, NoRoom, Tasks,
    health::{Readiness, health_routes, metrics_routes, serve},
    metrics::Metrics,
    secret_file::{self, SECRET_FILE, SecretFileError},
    shutdown::{Drain, stop_on_signals},
};

const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_pool_runs_so_many_at_once_and_refuses_what_is_too_much() {
    let pool = BlockingPool::new(NonZeroU16::MIN, 1);
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (began, first_began) = oneshot::channel();
    let running = Arc::new(AtomicUsize::new(0));

    let first = tokio::spawn({
        let (pool, running) = (pool.clone(), Arc::clone(&running));
        async move {
            let work = move || {
                running.fetch_add(1, Ordering::SeqCst);
                began.send(()).unwrap();
                gate.recv().unwrap();
                running.fetch_sub(1, Ordering::SeqCst);
            };
            pool.run(work).await
        }
    });
    timeout(BOUND, first_began).await.unwrap().unwrap();
    let second = {
        let (pool, running) = (pool.clone(), Arc::clone(&running));
        async move { pool.run(move || running.load(Ordering::SeqCst)).await }
    };
    let mut second = Box::pin(second);
    // Polled once, it has its place in the queue.
    assert!(timeout(Duration::ZERO, &mut second).await.is_err());
    assert_eq!(pool.run(|| 0).await, Err(BlockingError::Overfull));

    go.send(()).unwrap();
    let others = timeout(BOUND, second).await.unwrap();
    assert_eq!(others, Ok(0), "the first had ended");
    assert_eq!(first.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_panic_in_the_pool_is_an_error_and_frees_its_place() {
    let pool = BlockingPool::new(NonZeroU16::MIN, 0);
    let result: Result<(), _> = pool.run(|| panic!("as the test wants it")).await;
    assert_eq!(result, Err(BlockingError::BrokenOff));
    assert_eq!(pool.run(|| 7).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_within_their_bounds_and_end_before_the_deadline() {
    let first = Duration::from_millis(10);
    let most = Duration::from_millis(40);
    let start = Instant::now();
    let deadline = start + Duration::from_secs(1);
    let mut backoff = Backoff::until(deadline, first, most);
    for bound in [10, 20, 40, 40].map(Duration::from_millis) {
        let pause = backoff.next_pause().unwrap();
        assert!(pause >= bound / 2 && pause <= bound, "{pause:?} of {bound:?}");
    }
    tokio::time::advance(Duration::from_millis(990)).await;
    assert_eq!(backoff.next_pause(), None);
}

#[tokio::test(start_paused = true)]
async fn retrying_ends_with_success_a_lasting_error_or_the_deadline() {
    let backoff = || {
        let deadline = Instant::now() + Duration::from_secs(1);
        Backoff::until(deadline, Duration::from_millis(10), Duration::from_millis(100))
    };
    let mut attempts = 0;
    let succeeded = backoff()
        .retry(
            |_| true,
            || {
                attempts += 1;
                std::future::ready(if attempts < 3 { Err("transient") } else { Ok(attempts) })
            },
        )
        .await;
    assert_eq!(succeeded, Ok(3));

    let mut attempts = 0;
    let lasting: Result<(), _> = backoff()
        .retry(
            |error| *error != "lasting",
            || {
                attempts += 1;
                std::future::ready(Err("lasting"))
            },
        )
        .await;
    assert_eq!((lasting, attempts), (Err("lasting"), 1));

    let start = Instant::now();
    let late: Result<(), _> = backoff().retry(|_| true, async || Err("transient")).await;
    assert_eq!(late, Err("transient"));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn tasks_are_bounded_and_end_together() {
    let parent = CancellationToken::new();
    let tasks = Tasks::new(2, &parent);
    for _ in 0..2 {
        let stop = tasks.stop().clone();
        tasks.try_spawn(async move { stop.cancelled().await }).unwrap();
    }
    assert_eq!(tasks.try_spawn(async {}), Err(NoRoom));
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks.finish(BOUND).await, 0);
    assert!(tasks.is_empty());
    assert_eq!(tasks.try_spawn(async {}), Err(NoRoom), "stopped");
    assert!(!parent.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn tasks_that_do_not_end_are_counted() {
    let tasks = Tasks::new(1, &CancellationToken::new());
    tasks.try_spawn(std::future::pending()).unwrap();
    assert_eq!(tasks.finish(Duration::from_secs(1)).await, 1);
}

#[tokio::test(start_paused = true)]
async fn phases_run_in_order_and_a_late_one_does_not_hold_the_next() {
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = |name| {
        let order = Arc::clone(&order);
        async move { order.lock().unwrap().push(name) }
    };
    let second = Duration::from_secs(1);
    let late = Drain::new()
        .then("sockets", second, note("sockets"))
        .then("stuck", second, std::future::pending())
        .then("store", second, note("store"))
        .run()
        .await;
    assert_eq!(late, ["stuck"]);
    assert_eq!(*order.lock().unwrap(), ["sockets", "store"]);
}

#[tokio::test]
async fn a_signal_cancels_the_token() {
    let stop = stop_on_signals().unwrap();
    assert!(!stop.is_cancelled());
    let id = std::process::id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    timeout(BOUND, stop.cancelled()).await.unwrap();
}

#[test]
fn readiness_is_everyones_and_start_is_once() {
    let readiness = Readiness::new();
    let store = readiness.component("store");
    let bus = readiness.component("bus");
    store.ready();
    let report = readiness.report();
    assert!(!report.ready && !report.started);
    assert_eq!(report.components["bus"], "starting");
    bus.ready();
    assert!(readiness.is_ready());
    bus.unready("no broker");
    let report = readiness.report();
    assert!(!report.ready && report.started);
    assert_eq!(report.components["bus"], "no broker");
    bus.ready();
    assert!(readiness.is_ready());
    drop(store);
    assert_eq!(readiness.report().components["store"], "stopped");
}

#[test]
fn draining_is_for_good() {
    let readiness = Readiness::new();
    let store = readiness.component("store");
    store.ready();
    readiness.drain();
    store.ready();
    let report = readiness.report();
    assert!(!report.ready && report.started && report.draining);
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn health_is_served_until_the_process_stops() {
    let readiness = Readiness::new();
    let store = readiness.component("store");
    let stop = CancellationToken::new();
    let routes = health_routes(readiness.clone()).merge(metrics_routes(Metrics::install().unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, routes, stop.clone()));

    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    for path in ["/readyz", "/startupz"] {
        let answer = get(address, path).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
        assert!(answer.contains("\"store\":\"starting\""), "{path}: {answer}");
    }
    store.ready();
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200"));
    readiness.drain();
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 503"));
    assert!(get(address, "/startupz").await.starts_with("HTTP/1.1 200"));
    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    let metrics = get(address, "/metrics").await;
    assert!(metrics.contains("content-type: text/plain; version=0.0.4"), "{metrics}");

    stop.cancel();
    timeout(BOUND, serving).await.unwrap().unwrap().unwrap();
}

#[test]
fn the_secret_is_made_once_and_only_its_owner_may_read_it() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    assert!(matches!(secret_file::load(&directory), Err(SecretFileError::Missing(_))));
    let secret = secret_file::load_or_create(&directory).unwrap();
    assert_eq!(secret.expose().len(), 64);
    assert_eq!(secret_file::load_or_create(&directory).unwrap(), secret);
    assert_eq!(secret_file::load(&directory).unwrap(), secret);

    let path = directory.join(SECRET_FILE);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1, "no drafts");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(secret_file::load(&directory).unwrap(), secret);
    assert_eq!(mode(&path), 0o600);

    std::fs::write(&path, "\n").unwrap();
    let emptied = secret_file::load_or_create(&directory);
    assert!(matches!(emptied, Err(SecretFileError::TooShort(_))));
}

#[test]
fn processes_that_start_at_once_share_one_secret() {
    let directory = tempfile::tempdir().unwrap();
    let secrets = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..8).map(|_| scope.spawn(|| secret_file::load_or_create(directory.path()).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn calling_a_service_may_move_between_threads() {
    fn must_be_send(_: impl Send) {}
    let _ = |commands: &crate::commands::Commands| {
        let users = Vec::new();
        must_be_send(commands.call(natter_domain::command::WhoIsConnected { users }));
    };
}
