//! [`NatsBus`] keeps to the laws of both buses, over a real server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use natter_adapter_nats::{NatsBus, NatsOptions};
use natter_test_servers::Server;

struct Nats {
    buses: [Arc<NatsBus>; 2],
    overflow: usize,
    _server: Server,
}

impl Nats {
    async fn new() -> Self {
        let server = Server::nats();
        let buses = [connect(&server).await, connect(&server).await];
        Self { buses, overflow: 5_000, _server: server }
    }
}

async fn connect(server: &Server) -> Arc<NatsBus> {
    let bus = NatsBus::connect(NatsOptions::new(server.url(), "test")).await.unwrap();
    assert!(bus.wait_until_connected(Duration::from_secs(10)).await);
    Arc::new(bus)
}

mod commands {
    use super::Nats;

    natter_contract_tests::command_bus_suite!(Nats::new().await);
}

mod events {
    use super::Nats;

    natter_contract_tests::event_bus_suite!(Nats::new().await);
}
