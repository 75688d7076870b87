//! What a client said when it connected.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, Query},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use serde_json::Value;

/// The transport on which a client connected first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long polling; it may be upgraded later.
    Polling,
    /// WebSocket from the start.
    WebSocket,
}

/// What a client said when it connected: owned copies, so that nothing pins the connection's read
/// buffer (one kept header holds 16 KB of it).
#[derive(Clone)]
pub struct Handshake {
    /// The object that the client sent with its CONNECT packet. At most 128 levels deep and
    /// [`max_payload`](super::SocketConfig::max_payload) bytes.
    pub auth: Option<Value>,
    /// The query's fields, those of the protocol (`EIO`, `transport`, `t`) left out. The last one
    /// counts where a name is repeated.
    pub query: HashMap<String, String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `Origin`.
    pub origin: Option<String>,
    /// The address at the other end of the connection: the client, or the last proxy.
    pub remote: SocketAddr,
    /// All `X-Forwarded-For` headers, joined by commas. Claims of the client up to a trusted hop.
    pub forwarded_for: Option<String>,
    /// The transport on which the client connected.
    pub transport: Transport,
}

impl Handshake {
    /// Copies what is needed of an opening request; `auth` follows with the CONNECT packet.
    pub(super) fn of_request(parts: &Parts) -> Self {
        let mut query = Query::<HashMap<String, String>>::try_from_uri(&parts.uri)
            .map(|Query(fields)| fields)
            .unwrap_or_default();
        let transport = match query.remove("transport").as_deref() {
            Some("websocket") => Transport::WebSocket,
            _ => Transport::Polling,
        };
        for protocol in ["EIO", "t", "b64"] {
            query.remove(protocol);
        }
        query.shrink_to_fit();
        Self {
            auth: None,
            query,
            authorization: text(&parts.headers, &header::AUTHORIZATION),
            origin: text(&parts.headers, &header::ORIGIN),
            remote: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0), |ConnectInfo(remote)| *remote),
            forwarded_for: text(&parts.headers, &HeaderName::from_static("x-forwarded-for")),
            transport,
        }
    }
}

/// Shows where a client came from and nothing that it may have to keep secret.
impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake")
            .field("remote", &self.remote)
            .field("origin", &self.origin)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// Carries a handshake from the request to the CONNECT packet, along with the engine's socket.
#[derive(Clone)]
pub(super) struct HandshakeSlot(Arc<Mutex<Option<Box<Handshake>>>>);

impl HandshakeSlot {
    pub(super) fn new(handshake: Handshake) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(handshake)))))
    }

    /// The handshake, once.
    pub(super) fn take(&self) -> Option<Box<Handshake>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}
