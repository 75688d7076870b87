//! Over a real connection: what a client sees that sends all before it reads.

use axum::http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::world::*;

/// Sends a whole upload with `size` zeros to a server, and only then reads the answer.
async fn answer_to(token: &str, size: usize) -> String {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(axum::serve(listener, world.service.router()).into_future());

    let mut client = TcpStream::connect(address).await.unwrap();
    let start = part("media", "a.mp4", "video/mp4");
    let length = start.len() + MP4.len() + size;
    let head = format!(
        "{} /api/media/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n",
        Method::POST
    );
    client.write_all(&[head.as_bytes(), &start, MP4].concat()).await.unwrap();
    let piece = vec![0; 64 * 1024];
    for _ in 0..size / piece.len() {
        client.write_all(&piece).await.unwrap();
    }
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    world.until_empty().await;
    server.abort();
    answer
}

#[tokio::test]
async fn a_client_that_is_still_sending_gets_its_refusal() {
    let answer = answer_to("alice", 40 * 1024 * 1024).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("File too large"), "{answer}");
    let answer = answer_to("mallory", 40 * 1024 * 1024).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("Invalid token"), "{answer}");
}
