//! The gateway's port: sockets and HTTP on one listener, as configured.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use natter_runtime::config::GatewayConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::asyncapi;
use crate::gateway::Gateway;
use crate::http::{self, Alongside, Api, DemoUsers};
use crate::socket::{self, ListenConfig, OriginPolicy, SocketConfig};

impl Gateway {
    /// Everything on the gateway's port: sockets and the description of their events, the API, the
    /// demo page, and what is served alongside.
    ///
    /// # Errors
    /// A description can't be written as JSON.
    pub fn router(
        self: &Arc<Self>,
        config: &GatewayConfig,
        mut alongside: Vec<Alongside>,
        demo: Option<Arc<dyn DemoUsers>>,
    ) -> Result<Router, serde_json::Error> {
        let origins = origins(config);
        let sockets = socket::router(Arc::new(self.clone()), &socket_config(config), origins.clone());
        alongside.push(Alongside { routes: sockets, description: None });
        let events = http::document("/asyncapi.json", &asyncapi::document(config))?;
        alongside.push(Alongside { routes: events, description: None });
        let api = Api {
            commands: self.commands.clone(),
            authenticator: self.authenticator.clone(),
            limits: self.limits.clone(),
            default_dialect: self.default_dialect,
            clock: self.clock.clone(),
            addresses: self.addresses.clone(),
            max_body: usize::try_from(config.max_payload).unwrap_or(usize::MAX),
            demo,
        };
        http::router(Arc::new(api), alongside, &origins)
    }
}

/// Routes of a port of their own, with what the gateway has around its own: ids of requests, CORS,
/// and answers to panics, to unknown routes and to wrong methods.
pub fn surrounded(routes: Router, config: &GatewayConfig) -> Router {
    http::surrounded(routes, &origins(config))
}

/// Listens on the configured address.
///
/// # Errors
/// The address can't be had.
pub fn listen(config: &GatewayConfig) -> io::Result<TcpListener> {
    socket::bind(config.listen, &listen_config(config))
}

/// Serves until `stop`, and lets requests under way end.
pub async fn serve(listener: TcpListener, router: Router, config: &GatewayConfig, stop: CancellationToken) {
    socket::serve(listener, router, listen_config(config), stop).await;
}

/// Origins that the configuration has checked; none at all means any.
fn origins(config: &GatewayConfig) -> OriginPolicy {
    let origins: Vec<_> =
        config.origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    if origins.is_empty() { OriginPolicy::Any } else { OriginPolicy::Only(origins) }
}

fn socket_config(config: &GatewayConfig) -> SocketConfig {
    SocketConfig {
        ping_interval: config.ping_interval,
        ping_timeout: config.ping_timeout,
        max_payload: usize::try_from(config.max_payload).unwrap_or(usize::MAX),
        send_buffer: usize::from(config.outbound_queue.get()),
        inbox_events: usize::from(config.inbound_queue.get()),
        ..SocketConfig::default()
    }
}

fn listen_config(config: &GatewayConfig) -> ListenConfig {
    ListenConfig { write_timeout: config.write_timeout, ..ListenConfig::default() }
}
