//! Clients that don't keep up.

use std::time::{Duration, Instant};

use natter_gateway::socket::{CloseReason, Frame, ListenConfig, OriginPolicy, SendError, SocketConfig};

use crate::{eventually, probe, raw::Ws};

/// Longer than a busy machine keeps a test from reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

fn small() -> ListenConfig {
    ListenConfig { write_timeout: WRITE_TIMEOUT, kernel_send_buffer: 4096, ..ListenConfig::default() }
}

async fn start(send_buffer: usize) -> probe::Server {
    let config = SocketConfig { send_buffer, connect_timeout: WRITE_TIMEOUT, ..Default::default() };
    probe::start_with(config, small(), OriginPolicy::Any).await
}

fn large() -> Frame {
    Frame::new("large", &"x".repeat(16 * 1024)).unwrap()
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_is_closed_and_leaves_nothing_behind() {
    let server = start(64).await;
    let mut good = Ws::connect(server.address).await;
    let good_socket = server.probe.socket(0);
    // The timers of openings and closings end by themselves; what is left is compared.
    let before = tasks();
    let mut stopped = Ws::open_small(server.address).await;
    stopped.join().await;
    let socket = server.probe.socket(1);
    let started = Instant::now();
    // Enough that the kernel can't take it all, and little enough that the buffer can.
    for _ in 0..32 {
        socket.send(&large()).unwrap();
    }
    let small = Frame::new("small", &1).unwrap();
    while server.probe.closed().is_empty() {
        assert!(started.elapsed() < WRITE_TIMEOUT * 10, "not closed");
        good_socket.send(&small).unwrap();
        assert_eq!(good.next().await.as_deref(), Some("42[\"small\",1]"));
    }
    assert!(started.elapsed() >= WRITE_TIMEOUT);
    assert_eq!(server.probe.closed(), [CloseReason::ConnectionLost]);
    assert_eq!(socket.send(&small), Err(SendError::Closed));
    assert_eq!(server.probe.alive(), 1);
    drop(socket);
    eventually("its tasks to end", || tasks() <= before).await;
    drop(stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_buffer_is_told_of_and_only_that_socket_closed() {
    let server = start(8).await;
    let mut good = Ws::connect(server.address).await;
    let mut stopped = Ws::open_small(server.address).await;
    stopped.join().await;
    let (good_socket, socket) = (server.probe.socket(0), server.probe.socket(1));
    let frame = large();
    let mut sent = 0;
    loop {
        good_socket.send(&frame).unwrap();
        assert!(good.next().await.is_some());
        match socket.send(&frame) {
            Ok(()) => sent += 1,
            Err(error) => {
                assert_eq!(error, SendError::Full);
                break;
            }
        }
        assert!(sent < 1000);
    }
    socket.close(CloseReason::SlowConsumer);
    eventually("the end", || server.probe.closed() == [CloseReason::SlowConsumer]).await;
    good_socket.send(&frame).unwrap();
    assert!(good.next().await.is_some());
    assert!(!good_socket.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_lost_leaves_room_for_the_rest() {
    let server = start(64).await;
    let mut ws = Ws::open_small(server.address).await;
    ws.join().await;
    let socket = server.probe.socket(0);
    let frame = large();
    let mut offered = 0;
    while socket.offer(&frame) {
        offered += 1;
        assert!(offered < 1000);
    }
    let kept = Frame::new("kept", &1).unwrap();
    for _ in 0..10 {
        socket.send(&kept).unwrap();
    }
    for _ in 0..offered {
        assert!(ws.next().await.unwrap().starts_with("42[\"large\""));
    }
    for _ in 0..10 {
        assert_eq!(ws.next().await.as_deref(), Some("42[\"kept\",1]"));
    }
    eventually("room again", || socket.offer(&frame)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_that_goes_on_is_kept() {
    let server = start(256).await;
    let mut ws = Ws::open_small(server.address).await;
    ws.join().await;
    let socket = server.probe.socket(0);
    for _ in 0..100 {
        socket.send(&large()).unwrap();
    }
    // Twice as long as the timeout altogether.
    for _ in 0..100 {
        tokio::time::sleep(WRITE_TIMEOUT / 50).await;
        assert!(ws.next().await.is_some());
    }
    assert!(!socket.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_room_for_many_once_the_client_has_read() {
    let server = start(64).await;
    let mut ws = Ws::open_small(server.address).await;
    ws.join().await;
    let socket = server.probe.socket(0);
    // Of 64 places 16 are kept.
    assert!(!socket.has_room(49));
    eventually("room for all but these", || socket.has_room(48)).await;
    let frame = large();
    let mut sent = 0;
    // The kernel takes some at first.
    while socket.has_room(1) {
        if socket.offer(&frame) {
            sent += 1;
        }
        assert!(sent < 1000);
    }
    for _ in 0..sent {
        assert!(ws.next().await.is_some());
    }
    eventually("room again", || socket.has_room(48)).await;
    socket.close(CloseReason::SlowConsumer);
    eventually("the end", || !socket.has_room(1)).await;
}
