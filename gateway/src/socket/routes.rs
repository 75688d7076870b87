//! The HTTP side of sockets: who may come, and what of a request is kept.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use bytes::{Bytes, BytesMut};
use engineioxide::{config::EngineIoConfig, service::EngineIoService};
use http_body_util::BodyExt as _;
use hyper::upgrade::OnUpgrade;
use tower::ServiceExt;

use super::{
    OriginPolicy, Sessions, SocketConfig,
    handshake::{Handshake, HandshakeSlot, Transport},
    server::Server,
};

const PATH: &str = "/socket.io/";
/// How much of a body that is too large is read and dropped, in bytes.
const MAX_DISCARDED: usize = 4 * 1024 * 1024;

/// A router that serves Socket.IO at `/socket.io/`, to be merged into the gateway's own. The metrics'
/// recorder must be installed before. CORS answers come from
/// [`OriginPolicy::cors_layer`] around the whole.
pub fn router<S: Sessions>(sessions: Arc<S>, config: &SocketConfig, origins: OriginPolicy) -> Router {
    let engine = EngineIoConfig::builder()
        .req_path(PATH)
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .upgrade_timeout(config.upgrade_timeout)
        .max_buffer_size(config.send_buffer.max(1))
        .max_payload(config.max_payload as u64)
        .ws_max_message_size(config.max_payload)
        .ws_max_frame_size(config.max_payload)
        .ws_read_buffer_size(config.read_buffer)
        .build();
    let server = Arc::new(Server::new(sessions, config));
    let routes = Arc::new(Routes {
        engine: EngineIoService::with_config(server, engine),
        origins,
        body_timeout: config.body_timeout,
        max_payload: config.max_payload,
    });
    let handler = any(move |request: Request| {
        let routes = Arc::clone(&routes);
        async move { routes.handle(request).await }
    });
    Router::new().route(PATH, handler)
}

struct Routes<S: Sessions> {
    engine: EngineIoService<Server<S>>,
    origins: OriginPolicy,
    body_timeout: Duration,
    max_payload: usize,
}

impl<S: Sessions> Routes<S> {
    async fn handle(&self, request: Request) -> Response {
        if !self.origins.allows(request.headers()) {
            return (StatusCode::FORBIDDEN, "Origin not allowed").into_response();
        }
        if request.method() == Method::POST {
            let (head, body) = request.into_parts();
            return match tokio::time::timeout(self.body_timeout, arrived(body, self.max_payload)).await {
                Ok(Some(body)) => self.pass(Request::from_parts(head, body.into())).await,
                Ok(None) => StatusCode::BAD_REQUEST.into_response(),
                Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            };
        }
        match slim(request.into_parts().0) {
            Some(request) => self.pass(request).await,
            None => StatusCode::BAD_REQUEST.into_response(),
        }
    }

    async fn pass(&self, request: Request) -> Response {
        let mut response = match self.engine.clone().oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A body, when all of it has come; of one that is too large, enough for the engine to see that it is.
/// `None` where it broke off. Closing on a client that is still sending would destroy the answer.
async fn arrived(mut body: Body, max: usize) -> Option<Bytes> {
    let mut kept = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        length = length.saturating_add(data.len());
        let room = (max + 1).saturating_sub(kept.len());
        kept.extend_from_slice(data.get(..room).unwrap_or(&data));
        if length > max.saturating_add(MAX_DISCARDED) {
            break;
        }
    }
    Some(kept.freeze())
}

/// The same request with no more than the engine reads of it, and nothing borrowed: the engine keeps
/// the first request of a session as long as the session, and a WebSocket's as long as that.
fn slim(mut parts: Parts) -> Option<Request> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = slim_uri(&parts.uri)?;
    let handshake = Handshake::of_request(&parts);
    if handshake.transport == Transport::WebSocket {
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY)?;
        let key = HeaderValue::from_bytes(key.as_bytes()).ok()?;
        let upgrade = parts.extensions.remove::<OnUpgrade>()?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_KEY, key);
        request.extensions_mut().insert(upgrade);
    }
    if !handshake.query.contains_key("sid") {
        let slot = HandshakeSlot::new(handshake);
        request.extensions_mut().insert(slot);
    }
    Some(request)
}

/// The protocol's own fields of the query, as they are.
fn slim_uri(uri: &Uri) -> Option<Uri> {
    let query = uri.query().unwrap_or_default();
    let own: Vec<&str> = query
        .split('&')
        .filter(|field| ["EIO=", "transport=", "sid="].iter().any(|name| field.starts_with(name)))
        .collect();
    format!("{PATH}?{}", own.join("&")).parse().ok()
}
