//! Clients that break the protocol: at most their own socket ends.

use std::{fmt::Write, time::Duration};

use natter_gateway::socket::{CloseReason, SocketConfig};

use crate::{
    eventually, probe,
    raw::{Polling, Ws},
};

const LEVELS: usize = 100_000;

fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn deep_objects(levels: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_reaches_the_session_and_harms_nothing() {
    let config = SocketConfig { max_payload: 4 << 20, inbox_bytes: 16 << 20, ..Default::default() };
    let server = probe::start_with(config, Default::default(), Default::default()).await;
    let mut ws = Ws::connect(server.address).await;
    for payload in [deep(LEVELS), deep_objects(LEVELS)] {
        ws.send(format!("421[\"x\",{payload}]")).await;
        let (_, answer) = ws.event().await;
        assert!(answer[0]["first"].is_null(), "serde_json's limit makes an error of it");
    }
    // As an event's name, and as the CONNECT packet's payload.
    ws.send(format!("42[{}]", deep(LEVELS))).await;
    ws.drain().await;
    for auth in [deep(LEVELS), deep_objects(LEVELS)] {
        let mut ws = Ws::open(server.address).await;
        ws.send(format!("40{auth}")).await;
        ws.drain().await;
    }
    Ws::connect(server.address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_packets_end_only_their_socket() {
    let server = probe::start().await;
    let mut other = Ws::connect(server.address).await;
    let broken = [
        "",
        "9",
        "é",
        "x",
        "4",
        "49",
        "4é",
        "42",
        "42{}",
        "42[]",
        "42[1]",
        "42[null]",
        "42[\"x\"",
        "42[\"x\"]]",
        "42x",
        "4299999999999999999999",
        "44{\"message\":\"x\"}",
        "45",
        "45-",
        "45[\"x\"]",
        "451-",
        "45x-[\"x\"]",
        "43[1]",
        "4599999999999999999999-[\"x\"]",
        "4517-[\"x\"]",
        "4b!!!",
        "0{}",
        "5",
        "b!!!",
    ];
    for (ended, packet) in broken.into_iter().enumerate() {
        let mut ws = Ws::connect(server.address).await;
        ws.send(packet).await;
        // One that waits for attachments is closed by the text that comes instead.
        if packet == "451-" {
            ws.send("42[\"x\"]").await;
        }
        ws.drain().await;
        eventually(packet, || server.probe.closed().len() == ended + 1).await;
    }
    other.send("421[\"still\"]").await;
    assert_eq!(other.event().await.0, "431");
    assert!(server.probe.closed().iter().all(|reason| *reason == CloseReason::ProtocolError));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_means_nothing_is_ignored() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    for packet in
        ["40", "40{\"token\":\"again\"}", "4377[1,2]", "43-1[]", "42/other,[\"x\"]", "41/other,", "3"]
    {
        if packet == "43-1[]" {
            continue;
        }
        ws.send(packet).await;
    }
    // An ack's number that is too large is none.
    ws.send("4299999999999999999999[\"x\"]").await;
    ws.send("421[\"y\"]").await;
    assert_eq!(ws.event().await.0, "431");
    assert_eq!(server.probe.handshakes.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_namespaces_are_refused() {
    let server = probe::start().await;
    let mut ws = Ws::open(server.address).await;
    ws.send("40/admin,{}").await;
    assert_eq!(ws.next().await.unwrap(), "44/admin,{\"message\":\"Invalid namespace\"}");
    ws.join().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_before_connect_ends_the_connection() {
    let server = probe::start().await;
    let mut ws = Ws::open(server.address).await;
    ws.send("42[\"x\"]").await;
    ws.drain().await;
    assert!(server.probe.sockets.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_messages_end_the_connection() {
    let server = probe::start().await;
    let largest = 64 * 1024 - "42[\"x\",\"\"]".len();
    let mut ws = Ws::connect(server.address).await;
    ws.send(format!("42[\"x\",\"{}\"]", "a".repeat(largest))).await;
    eventually("the largest", || server.probe.events().len() == 1).await;
    ws.send(format!("42[\"x\",\"{}\"]", "a".repeat(largest + 1))).await;
    ws.drain().await;
    eventually("the end", || server.probe.alive() == 0).await;

    let polling = Polling::open(server.address).await;
    assert_eq!(polling.post(&["40".to_owned()]).await, 200);
    eventually("the polling socket", || server.probe.alive() == 1).await;
    assert_eq!(polling.post(&[format!("42[\"x\",\"{}\"]", "a".repeat(70_000))]).await, 413);
    eventually("its end", || server.probe.alive() == 0).await;
    assert_eq!(server.probe.events().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_bounded_together() {
    use futures::SinkExt;
    use tokio_tungstenite::tungstenite::Message;

    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    let mut event = "4516-[\"x\"".to_owned();
    for number in 0..16 {
        write!(event, ",{{\"_placeholder\":true,\"num\":{number}}}").unwrap();
    }
    ws.send(format!("{event}]")).await;
    for _ in 0..16 {
        if ws.stream.send(Message::binary(vec![0; 10_000])).await.is_err() {
            break;
        }
    }
    ws.drain().await;
    eventually("the end", || server.probe.closed() == [CloseReason::ProtocolError]).await;
    assert!(server.probe.events().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_connects_is_closed() {
    let config = SocketConfig { connect_timeout: Duration::from_secs(1), ..Default::default() };
    let server = probe::start_with(config, Default::default(), Default::default()).await;
    let mut connected = Ws::connect(server.address).await;
    assert_eq!(Ws::open(server.address).await.drain().await, ["1"]);
    let polling = Polling::open(server.address).await;
    // Polls end with the session, and later ones find none.
    while polling.poll().await.0 == 200 {}
    connected.send("421[\"still\"]").await;
    assert_eq!(connected.event().await.0, "431");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_a_session_ends_its_socket() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    let mut other = Ws::connect(server.address).await;
    ws.send("42[\"panic\"]").await;
    assert_eq!(ws.next().await.as_deref(), Some("41"));
    other.send("421[\"still\"]").await;
    assert_eq!(other.event().await.0, "431");
    eventually("the end", || server.probe.closed() == [CloseReason::Failed]).await;
    assert_eq!(server.probe.alive(), 1);
}
