//! A Socket.IO client, over a WebSocket; in the colon dialect where nothing else is said.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::BOUND;

pub(crate) struct Client {
    stream: WebSocketStream<TcpStream>,
    /// Events that have come and were not asked for yet.
    waiting: VecDeque<(String, Value)>,
    next_ack: u64,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Self {
        let auth = json!({"token": token});
        Self::over(TcpStream::connect(address).await.unwrap(), address, auth, "session:ready").await
    }

    /// In the snake dialect.
    pub(crate) async fn connect_snake(address: SocketAddr, token: &str) -> Self {
        let auth = json!({"token": token, "dialect": "snake"});
        Self::over(TcpStream::connect(address).await.unwrap(), address, auth, "session_ready").await
    }

    /// With a receive buffer as small as it gets.
    pub(crate) async fn connect_small(address: SocketAddr, token: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let auth = json!({"token": token});
        Self::over(socket.connect(address).await.unwrap(), address, auth, "session:ready").await
    }

    async fn over(stream: TcpStream, address: SocketAddr, auth: Value, ready: &str) -> Self {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = client_async(url, stream).await.unwrap();
        let mut client = Self { stream, waiting: VecDeque::new(), next_ack: 0 };
        assert!(client.packet().await.unwrap().starts_with("0{"));
        client.write(format!("40{auth}")).await;
        assert!(client.packet().await.unwrap().starts_with("40{"));
        client.until(ready).await;
        client
    }

    async fn write(&mut self, packet: String) {
        self.stream.send(Message::text(packet)).await.unwrap();
    }

    /// The next packet, or none once the server has closed the connection.
    async fn packet(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => {
                    self.stream.send(Message::text("3")).await.ok();
                }
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Sends an event, and answers its ack. Events that come before it wait.
    pub(crate) async fn call(&mut self, event: &str, payload: Value) -> Value {
        self.next_ack += 1;
        let head = format!("43{}", self.next_ack);
        self.write(format!("42{}{}", self.next_ack, json!([event, payload]))).await;
        let reading = async {
            loop {
                let packet = self.packet().await.expect("an ack, not the end");
                match packet.strip_prefix(&head) {
                    Some(body) if body.starts_with('[') => {
                        let body: Value = serde_json::from_str(body).unwrap();
                        return body[0].clone();
                    }
                    _ => self.keep(&packet),
                }
            }
        };
        tokio::time::timeout(BOUND, reading).await.expect("an ack")
    }

    /// As `call`, which has to succeed.
    pub(crate) async fn done(&mut self, event: &str, payload: Value) -> Value {
        let ack = self.call(event, payload).await;
        assert_eq!(ack["success"], true, "{event}: {ack}");
        ack
    }

    fn keep(&mut self, packet: &str) {
        let Some(body) = packet.strip_prefix("42") else { return };
        let body: Value = serde_json::from_str(body).unwrap();
        self.waiting.push_back((body[0].as_str().unwrap().to_owned(), body[1].clone()));
    }

    /// The next event of any name, or none once the connection is closed.
    pub(crate) async fn event(&mut self) -> Option<(String, Value)> {
        while self.waiting.is_empty() {
            let packet = self.packet().await?;
            self.keep(&packet);
        }
        self.waiting.pop_front()
    }

    /// The payload of the next event of this name; those before it are passed over.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        self.until_within(name, BOUND).await
    }

    pub(crate) async fn until_within(&mut self, name: &str, bound: Duration) -> Value {
        let reading = async {
            loop {
                let (other, payload) = self.event().await.expect("an event, not the end");
                if other == name {
                    return payload;
                }
            }
        };
        let Ok(payload) = tokio::time::timeout(bound, reading).await else { panic!("no {name} came") };
        payload
    }

    /// Whether an event of this name comes; those before it are passed over.
    pub(crate) async fn heard_within(&mut self, name: &str, bound: Duration) -> bool {
        let reading = async { while self.event().await.is_some_and(|(other, _)| other != name) {} };
        tokio::time::timeout(bound, reading).await.is_ok()
    }

    /// The next change of a timeline: how it is told, and its `rev`.
    pub(crate) async fn change(&mut self) -> (String, Value) {
        let reading = async {
            loop {
                let (name, payload) = self.event().await.expect("a change, not the end");
                match name.as_str() {
                    "new:message" | "message:updated" | "new_message" | "message_updated" => {
                        return (name, payload["message"].clone());
                    }
                    "message:deleted" | "message_deleted" => return (name, payload),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(BOUND, reading).await.expect("a change")
    }

    /// The `rev`s of all changes up to this one.
    pub(crate) async fn revs_until(&mut self, last: u64) -> Vec<u64> {
        let mut revs = Vec::new();
        while revs.last().is_none_or(|rev| *rev < last) {
            let (_, change) = self.change().await;
            revs.push(change["rev"].as_u64().unwrap());
        }
        revs
    }

    /// Reads until the server closes the connection; answers the names of the events.
    pub(crate) async fn rest(&mut self, bound: Duration) -> Vec<String> {
        let mut names = Vec::new();
        let reading = async {
            while let Some((name, _)) = self.event().await {
                names.push(name);
            }
        };
        tokio::time::timeout(bound, reading).await.expect("the end");
        names
    }

    /// Asserts that nothing of this name has come: what was sent to this client before its own next
    /// ack is there with the ack.
    pub(crate) async fn has_none(&mut self, names: &[&str]) {
        self.done("sync", json!({"cursors": []})).await;
        let heard: Vec<_> = self.waiting.iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
        assert!(heard.is_empty(), "{heard:?}");
    }
}
