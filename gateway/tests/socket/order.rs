//! Nothing is lost or overtaken.

use std::sync::atomic::Ordering;

use natter_gateway::socket::{Frame, Transport};
use serde_json::json;

use crate::{eventually, probe, raw::Ws};

const BURST: usize = 500;

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("e{number}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_right_after_connect_arrives_whole_and_in_order() {
    let server = probe::start().await;
    let mut ws = Ws::open(server.address).await;
    ws.send("40").await;
    for name in numbered(BURST) {
        ws.send(format!("42[\"{name}\",{{}}]")).await;
    }
    eventually("all events", || server.probe.events().len() == BURST).await;
    assert_eq!(server.probe.names(), numbered(BURST));
    assert!(ws.next().await.unwrap().starts_with("40{"));
    assert!(ws.next().await.unwrap().starts_with("42[\"ready\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_while_the_socket_opens() {
    let server = probe::start().await;
    server.probe.slow_open.store(true, Ordering::SeqCst);
    let mut ws = Ws::open(server.address).await;
    ws.send("40").await;
    for name in numbered(BURST) {
        ws.send(format!("42[\"{name}\"]")).await;
    }
    eventually("the socket", || !server.probe.sockets.lock().unwrap().is_empty()).await;
    assert!(server.probe.events().is_empty());
    server.probe.gate.add_permits(1);
    eventually("all events", || server.probe.events().len() == BURST).await;
    assert_eq!(server.probe.names(), numbered(BURST));
    assert_eq!(server.probe.ready.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_send_while_it_opens_follows_the_greeting() {
    let server = probe::start().await;
    server.probe.slow_open.store(true, Ordering::SeqCst);
    let mut ws = Ws::open(server.address).await;
    ws.send("40").await;
    eventually("the socket", || !server.probe.sockets.lock().unwrap().is_empty()).await;
    let socket = server.probe.socket(0);
    for number in 0..3 {
        socket.send(&Frame::new("held", &number).unwrap()).unwrap();
    }
    server.probe.gate.add_permits(1);
    let sid = ws.next().await.unwrap();
    assert_eq!(sid, format!("40{{\"sid\":\"{}\"}}", socket.id()));
    assert_eq!(ws.event().await.1, json!(["ready", {"socketId": socket.id().as_str()}]));
    for number in 0..3 {
        assert_eq!(ws.event().await.1, json!(["held", number]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_sent_before_leaving_are_handled() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    for name in numbered(100) {
        ws.send(format!("42[\"{name}\"]")).await;
    }
    ws.send("41").await;
    // The server closes a connection that the client keeps.
    ws.drain().await;
    eventually("the end", || server.probe.closed().len() == 1).await;
    assert_eq!(server.probe.names(), numbered(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_carries_what_the_client_said() {
    let server = probe::start().await;
    let url = crate::raw::url(server.address, "&dialect=snake&token=a%20b");
    let mut request =
        tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    for (name, value) in [
        ("authorization", "Bearer x"),
        ("x-forwarded-for", "1.2.3.4, 5.6.7.8"),
        ("origin", "https://a.example"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let local = stream.local_addr().unwrap();
    let (stream, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let mut ws = Ws { stream };
    ws.next().await.unwrap();
    ws.send(r#"40{"token":"t","dialect":"colon"}"#).await;
    ws.next().await.unwrap();
    let handshake = server.probe.handshakes.lock().unwrap()[0].clone();
    assert_eq!(handshake.auth, Some(json!({"token": "t", "dialect": "colon"})));
    let query = [("dialect".to_owned(), "snake".to_owned()), ("token".to_owned(), "a b".to_owned())];
    assert_eq!(handshake.query, query.into());
    assert_eq!(handshake.authorization.as_deref(), Some("Bearer x"));
    assert_eq!(handshake.forwarded_for.as_deref(), Some("1.2.3.4, 5.6.7.8"));
    assert_eq!(handshake.origin.as_deref(), Some("https://a.example"));
    assert_eq!(handshake.remote, local);
    assert_eq!(handshake.transport, Transport::WebSocket);
    assert!(!format!("{handshake:?}").contains("Bearer"));
}
