//! How sockets end.

use std::{sync::atomic::Ordering, time::Duration};

use futures::SinkExt;
use natter_gateway::socket::{CloseReason, Frame, SendError, SocketConfig};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    eventually, probe,
    raw::{Polling, Ws},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_that_it_disconnects() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    let socket = server.probe.socket(0);
    let frame = Frame::new("last", &1).unwrap();
    socket.send(&frame).unwrap();
    socket.close(CloseReason::SessionEnded);
    assert!(socket.is_closed());
    assert_eq!(socket.send(&frame), Err(SendError::Closed));
    assert!(!socket.offer(&frame));
    // A client that doesn't leave by itself is put out.
    assert_eq!(ws.drain().await, ["42[\"last\",1]", "41", "1"]);
    eventually("the end", || server.probe.closed() == [CloseReason::SessionEnded]).await;
    assert_eq!(server.probe.alive(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_the_connection_and_not_the_session() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    let socket = server.probe.socket(0);
    socket.send(&Frame::new("last", &1).unwrap()).unwrap();
    socket.close(CloseReason::ShuttingDown);
    assert!(socket.is_closed());
    // Clients take "41" as an order not to come back.
    assert_eq!(ws.drain().await, ["42[\"last\",1]", "1"]);
    eventually("the end", || server.probe.closed() == [CloseReason::ShuttingDown]).await;
    assert_eq!(server.probe.alive(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_polling_client_reads_that_it_was_disconnected() {
    let server = probe::start().await;
    let polling = Polling::open(server.address).await;
    polling.post(&["40".to_owned()]).await;
    eventually("the socket", || server.probe.ready.load(Ordering::SeqCst) == 1).await;
    // No poll is under way; the next one still finds the notice.
    server.probe.socket(0).close(CloseReason::SessionEnded);
    let (_, packets) = polling.poll().await;
    assert!(packets.iter().any(|packet| packet == "41"), "{packets:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_waits_is_handled_after_the_server_closed() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    for event in ["wait", "x", "y"] {
        ws.send(format!("42[\"{event}\"]")).await;
    }
    ws.send("42[\"z\"]").await;
    server.probe.socket(0).close(CloseReason::SessionEnded);
    server.probe.gate.add_permits(1);
    eventually("the end", || server.probe.closed().len() == 1).await;
    assert!(server.probe.events().len() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_close_its_own_socket() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    ws.send("42[\"close\"]").await;
    ws.send("42[\"x\"]").await;
    assert_eq!(ws.next().await.as_deref(), Some("41"));
    eventually("the end", || server.probe.closed() == [CloseReason::SessionEnded]).await;
    assert_eq!(server.probe.names(), ["close"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_are_told_apart() {
    let server = probe::start().await;
    let ends = |count| move |server: &probe::Server| server.probe.closed().len() == count;

    let mut ws = Ws::connect(server.address).await;
    ws.send("41").await;
    eventually("disconnect", || ends(1)(&server)).await;
    let mut ws = Ws::connect(server.address).await;
    ws.send("1").await;
    eventually("close packet", || ends(2)(&server)).await;
    let mut ws = Ws::connect(server.address).await;
    ws.stream.close(None).await.unwrap();
    eventually("close frame", || ends(3)(&server)).await;
    drop(Ws::connect(server.address).await);
    eventually("gone", || ends(4)(&server)).await;
    let mut ws = Ws::connect(server.address).await;
    ws.stream.send(Message::binary(vec![1])).await.unwrap();
    eventually("protocol", || ends(5)(&server)).await;
    use CloseReason::{ClientLeft, ConnectionLost, ProtocolError};
    assert_eq!(server.probe.closed(), [ClientLeft, ClientLeft, ClientLeft, ConnectionLost, ProtocolError]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_no_ping_is_closed() {
    let config = SocketConfig {
        ping_interval: Duration::from_millis(500),
        ping_timeout: Duration::from_secs(1),
        ..Default::default()
    };
    let server = probe::start_with(config, Default::default(), Default::default()).await;
    // Nobody reads or polls any more.
    let ws = Ws::connect(server.address).await;
    let polling = Polling::open(server.address).await;
    polling.post(&["40".to_owned()]).await;
    eventually("both gone", || server.probe.closed() == [CloseReason::PingTimeout; 2]).await;
    drop(ws);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_client_is_told_why() {
    let server = probe::start().await;
    let mut ws = Ws::open(server.address).await;
    ws.send("40{\"refuse\":\"Authentication error: Token required\"}").await;
    let refused = "44{\"message\":\"Authentication error: Token required\"}";
    assert_eq!(ws.drain().await, [refused, "1"]);
    assert!(server.probe.closed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_while_it_opens_is_closed_after() {
    let server = probe::start().await;
    server.probe.slow_open.store(true, Ordering::SeqCst);
    let mut ws = Ws::open(server.address).await;
    ws.send("40").await;
    eventually("the socket", || !server.probe.sockets.lock().unwrap().is_empty()).await;
    ws.stream.close(None).await.unwrap();
    let socket = server.probe.socket(0);
    eventually("the end", || socket.is_closed()).await;
    server.probe.gate.add_permits(1);
    eventually("closed", || server.probe.closed() == [CloseReason::ClientLeft]).await;
    assert_eq!(server.probe.ready.load(Ordering::SeqCst), 0);
    assert_eq!(server.probe.alive(), 0);
}
