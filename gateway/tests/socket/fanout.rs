//! One frame for many.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use natter_gateway::socket::{CloseReason, Frame};
use serde::{Serialize, Serializer};

use crate::{eventually, probe, raw::Ws};

const SOCKETS: usize = 1000;

/// Counts how often it is encoded.
struct Counted<'a>(&'a AtomicUsize);

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        serializer.serialize_str("hello")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_to_a_thousand_sockets_is_encoded_once() {
    let server = probe::start().await;
    let mut clients = Vec::new();
    for _ in 0..SOCKETS / 50 {
        clients.extend(join_all((0..50).map(|_| Ws::connect(server.address))).await);
    }
    let encoded = AtomicUsize::new(0);
    let frame = Frame::new("to:all", &Counted(&encoded)).unwrap();
    let sockets = server.probe.sockets.lock().unwrap().clone();
    assert_eq!(sockets.len(), SOCKETS);
    for socket in &sockets {
        socket.send(&frame).unwrap();
    }
    for packet in join_all(clients.iter_mut().map(Ws::next)).await {
        assert_eq!(packet.as_deref(), Some("42[\"to:all\",\"hello\"]"));
    }
    assert_eq!(encoded.load(Ordering::SeqCst), 1);

    for socket in &sockets {
        socket.close(CloseReason::ShuttingDown);
    }
    drop(clients);
    eventually("all gone", || server.probe.alive() == 0).await;
    assert_eq!(server.probe.closed(), [CloseReason::ShuttingDown; SOCKETS]);
}
