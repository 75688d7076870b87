//! Traces reach a collector, the last ones included. Its own process, since a subscriber is for
//! good.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use natter_runtime::{config::Config, telemetry::Telemetry};

/// Takes one request and gives its head and body.
fn take_request(mut stream: TcpStream) -> (String, Vec<u8>) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the request broke off");
        received.extend_from_slice(&buffer[..read]);
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap().parse().unwrap();
        if received.len() >= end + 4 + length {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            return (head, received.split_off(end + 4));
        }
    }
}

#[tokio::test]
async fn a_span_is_exported_when_the_process_finishes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Config::default();
    config.otlp.endpoint = Some(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        sender.send(take_request(stream)).unwrap();
    });

    let telemetry = Telemetry::start(&config, "natter-test").unwrap();
    tracing::info_span!("send_message", attempt = 7).in_scope(|| tracing::info!("under way"));
    assert!(Telemetry::start(&config, "natter-test").is_err(), "once a process");
    tokio::task::spawn_blocking(|| telemetry.finish()).await.unwrap();

    let (head, body) = requests.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("post /v1/traces "), "{head}");
    let text = String::from_utf8_lossy(&body);
    for part in ["natter-test", "send_message", "attempt"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
