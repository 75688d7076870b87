//! Clients that say exactly what a test wants them to.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::BOUND;

/// A WebSocket that answers pings and nothing else by itself.
pub(crate) struct Ws {
    pub(crate) stream: WebSocketStream<TcpStream>,
}

impl Ws {
    /// Opens a connection and reads the engine's OPEN packet.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, &url(address, "")).await
    }

    /// As `open`, with a receive buffer as small as it gets.
    pub(crate) async fn open_small(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket.connect(address).await.unwrap(), &url(address, "")).await
    }

    async fn over(stream: TcpStream, url: &str) -> Self {
        let (stream, _) = client_async(url, stream).await.unwrap();
        let mut ws = Self { stream };
        assert!(ws.next().await.unwrap().starts_with("0{"));
        ws
    }

    /// Opens a connection and connects to the namespace.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut ws = Self::open(address).await;
        ws.join().await;
        ws
    }

    /// Connects to the namespace and reads the greeting.
    pub(crate) async fn join(&mut self) {
        self.send("40").await;
        assert!(self.next().await.unwrap().starts_with("40{\"sid\":\""));
        assert!(self.next().await.unwrap().starts_with("42[\"ready\","));
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    /// The next packet, or none once the server has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let reading = async {
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
        };
        tokio::time::timeout(BOUND, reading).await.expect("a packet, or the end")
    }

    /// The next packet as an event or ack: its head, and its arguments.
    pub(crate) async fn event(&mut self) -> (String, Value) {
        let packet = self.next().await.expect("a packet");
        let (head, arguments) = packet.split_at(packet.find('[').expect("arguments"));
        (head.to_owned(), serde_json::from_str(arguments).unwrap())
    }

    /// Reads until the server closes the connection.
    pub(crate) async fn drain(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        while let Some(packet) = self.next().await {
            packets.push(packet);
        }
        packets
    }
}

/// The status with which a WebSocket is refused.
pub(crate) async fn refused(address: SocketAddr, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = url(address, "").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    match client_async(request, stream).await {
        Ok(_) => 101,
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

/// Long polling over HTTP.
pub(crate) struct Polling {
    http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    pub(crate) sid: String,
}

impl Polling {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let http = reqwest::Client::new();
        let base = format!("http://{address}/socket.io/?EIO=4&transport=polling");
        let open = http.get(&base).send().await.unwrap().text().await.unwrap();
        let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        let sid = open["sid"].as_str().unwrap().to_owned();
        Self { http, url: format!("{base}&sid={sid}"), address, sid }
    }

    pub(crate) async fn post(&self, packets: &[String]) -> u16 {
        let body = packets.join("\u{1e}");
        self.http.post(&self.url).body(body).send().await.unwrap().status().as_u16()
    }

    /// One poll: the status, and its packets.
    pub(crate) async fn poll(&self) -> (u16, Vec<String>) {
        let response = self.http.get(&self.url).send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.text().await.unwrap();
        (status, body.split('\u{1e}').map(str::to_owned).collect())
    }

    /// Upgrades to a WebSocket, as the protocol says.
    pub(crate) async fn upgrade(&self) -> Ws {
        let url = url(self.address, &format!("&sid={}", self.sid));
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (stream, _) = client_async(url, stream).await.unwrap();
        let mut ws = Ws { stream };
        ws.send("2probe").await;
        assert_eq!(ws.next().await.as_deref(), Some("3probe"));
        ws.send("5").await;
        ws
    }
}

pub(crate) fn url(address: SocketAddr, more: &str) -> String {
    format!("ws://{address}/socket.io/?EIO=4&transport=websocket{more}")
}
