//! What can be set about sockets and the listener. Plain values; loading them is someone else's.

use std::time::Duration;

/// Limits and times of the Socket.IO server; none may be zero.
#[derive(Debug, Clone)]
pub struct SocketConfig {
    /// How often the server pings an idle client. Default 15 s.
    pub ping_interval: Duration,
    /// How long the client may take to answer a ping before it is disconnected. Default 10 s.
    pub ping_timeout: Duration,
    /// How long a connection may stay without a CONNECT packet. Default 10 s.
    pub connect_timeout: Duration,
    /// How long an upgrade from polling to WebSocket may take. Default 10 s.
    pub upgrade_timeout: Duration,
    /// How long a polling request's body may take to arrive. Default 10 s.
    pub body_timeout: Duration,
    /// Largest polling body, WebSocket message and WebSocket frame, and the most that the binary
    /// attachments of one event may hold together, in bytes. Larger ones close the connection.
    /// Default 64 KiB.
    pub max_payload: usize,
    /// Binary attachments an event may have. More of them close the connection. Default 16.
    pub max_attachments: usize,
    /// Frames that may wait for one client; one more is [`SendError::Full`](super::SendError::Full).
    /// It must be above what is sent in one go, such as the 300 changes of a join. Default 1024.
    pub send_buffer: usize,
    /// Events of one client that may wait for its session. Default 1024.
    pub inbox_events: usize,
    /// Bytes that those events may hold together. Default 1 MiB.
    pub inbox_bytes: usize,
    /// Read buffer of each WebSocket, in bytes; longer messages grow it. Default 512.
    pub read_buffer: usize,
}

impl Default for SocketConfig {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(15),
            ping_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            upgrade_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            max_payload: 64 * 1024,
            max_attachments: 16,
            send_buffer: 1024,
            inbox_events: 1024,
            inbox_bytes: 1024 * 1024,
            read_buffer: 512,
        }
    }
}

/// Limits and times of the listener that HTTP and sockets share; none may be zero.
#[derive(Debug, Clone)]
pub struct ListenConfig {
    /// How long a connection may make no progress in writing before it is shut down. Default 2 s.
    pub write_timeout: Duration,
    /// How long a request's head may take to arrive; an idle connection is kept as long. Default 15 s.
    pub header_timeout: Duration,
    /// Largest request head, in bytes. Default 32 KiB.
    pub max_header: usize,
    /// Connections at a time; further ones are closed at once. Default 100,000.
    pub max_connections: usize,
    /// The kernel's send buffer of each connection, in bytes (Linux doubles it). It bounds what a
    /// client that doesn't read can hold, and how finely progress is seen. Default 128 KiB.
    pub kernel_send_buffer: u32,
    /// How long requests under way may take to end once the listener stops. Default 5 s.
    pub shutdown_grace: Duration,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            write_timeout: Duration::from_secs(2),
            header_timeout: Duration::from_secs(15),
            max_header: 32 * 1024,
            max_connections: 100_000,
            kernel_send_buffer: 128 * 1024,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}
