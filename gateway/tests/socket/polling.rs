//! Long polling, and the way up from it.

use natter_gateway::socket::{Frame, Transport};
use serde_json::json;

use crate::{
    eventually, probe,
    raw::{Polling, Ws},
};

#[tokio::test(flavor = "multi_thread")]
async fn polling_alone_keeps_the_order() {
    let server = probe::start().await;
    let polling = Polling::open(server.address).await;
    let names: Vec<String> = (0..500).map(|number| format!("e{number}")).collect();
    let mut packets = vec!["40".to_owned()];
    packets.extend(names.iter().map(|name| format!("421[\"{name}\"]")));
    for body in packets.chunks(50) {
        assert_eq!(polling.post(body).await, 200);
    }
    let mut received = Vec::new();
    while received.len() < 502 {
        let (status, packets) = polling.poll().await;
        assert_eq!(status, 200);
        received.extend(packets.into_iter().filter(|packet| packet != "2"));
    }
    assert!(received[0].starts_with("40{"));
    assert!(received[1].starts_with("42[\"ready\""));
    for (packet, name) in received[2..].iter().zip(&names) {
        assert!(packet.starts_with(&format!(
            "431[{{\"arguments\":0,\"attachments\":0,\"first\":null,\"name\":\"{name}\""
        )));
    }
    assert_eq!(server.probe.names(), names);
    assert_eq!(server.probe.handshakes.lock().unwrap()[0].transport, Transport::Polling);
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_attachments_come_in_base64() {
    let server = probe::start().await;
    let polling = Polling::open(server.address).await;
    let event = "451-[\"x\",{\"_placeholder\":true,\"num\":0}]".to_owned();
    assert_eq!(polling.post(&["40".to_owned(), event, "bAQID".to_owned()]).await, 200);
    eventually("the event", || server.probe.events().len() == 1).await;
    assert_eq!((server.probe.events()[0].2, server.probe.events()[0].3), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_loses_nothing() {
    let server = probe::start().await;
    let polling = Polling::open(server.address).await;
    polling.post(&["40".to_owned(), "42[\"before\"]".to_owned()]).await;
    eventually("the socket", || server.probe.ready.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    let (_, first) = polling.poll().await;
    assert!(first.len() >= 2, "the answer and the greeting: {first:?}");

    let socket = server.probe.socket(0);
    socket.send(&Frame::new("during", &json!({})).unwrap()).unwrap();
    let mut ws = polling.upgrade().await;
    socket.send(&Frame::new("after", &json!({})).unwrap()).unwrap();
    assert_eq!(ws.next().await.as_deref(), Some("42[\"during\",{}]"));
    assert_eq!(ws.next().await.as_deref(), Some("42[\"after\",{}]"));
    ws.send("429[\"up\"]").await;
    assert_eq!(ws.event().await.0, "439");
    assert_eq!(server.probe.names(), ["before", "up"]);
    assert_eq!(server.probe.alive(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_neither_guessed_nor_taken() {
    let server = probe::start().await;
    let mut ws = Ws::open(server.address).await;
    ws.send("40").await;
    let answer = ws.next().await.unwrap();
    let sid: serde_json::Value = serde_json::from_str(answer.strip_prefix("40").unwrap()).unwrap();
    // The socket's id may be told to others: it opens nothing.
    let id = sid["sid"].as_str().unwrap();
    let url = format!("http://{}/socket.io/?EIO=4&transport=polling&sid={id}", server.address);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 400);
}
