//! A gateway with nothing behind its sockets but a record of what happened.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use natter_gateway::socket::{
    self, CloseReason, Frame, Handshake, IncomingEvent, ListenConfig, Opened, OriginPolicy, Refusal,
    Sessions, Socket, SocketConfig,
};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// What came with an event: its name, its first argument, how many arguments and attachments.
pub(crate) type Seen = (String, Option<String>, usize, usize);

pub(crate) struct Probe {
    pub(crate) handshakes: Mutex<Vec<Handshake>>,
    pub(crate) sockets: Mutex<Vec<Socket>>,
    pub(crate) events: Mutex<Vec<Seen>>,
    pub(crate) closed: Mutex<Vec<CloseReason>>,
    pub(crate) ready: AtomicUsize,
    pub(crate) overflown: AtomicUsize,
    pub(crate) alive: AtomicUsize,
    /// While set, `open` waits for `gate`.
    pub(crate) slow_open: AtomicBool,
    /// Lets one `open`, or one event `wait`, go on for each permit.
    pub(crate) gate: Semaphore,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            handshakes: Mutex::default(),
            sockets: Mutex::default(),
            events: Mutex::default(),
            closed: Mutex::default(),
            ready: AtomicUsize::default(),
            overflown: AtomicUsize::default(),
            alive: AtomicUsize::default(),
            slow_open: AtomicBool::default(),
            gate: Semaphore::new(0),
        }
    }
}

impl Probe {
    pub(crate) fn socket(&self, index: usize) -> Socket {
        self.sockets.lock().unwrap()[index].clone()
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }

    pub(crate) fn events(&self) -> Vec<Seen> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.events().into_iter().map(|(name, ..)| name).collect()
    }

    pub(crate) fn closed(&self) -> Vec<CloseReason> {
        self.closed.lock().unwrap().clone()
    }
}

/// Counts itself alive as long as it is kept.
pub(crate) struct Session {
    probe: Arc<Probe>,
    socket: Socket,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.probe.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) struct ProbeSessions(pub(crate) Arc<Probe>);

#[async_trait]
impl Sessions for ProbeSessions {
    type Session = Session;

    async fn open(&self, handshake: Handshake, socket: Socket) -> Result<Opened<Session>, Refusal> {
        let probe = &self.0;
        let refuse = handshake.auth.as_ref().and_then(|auth| auth["refuse"].as_str()).map(str::to_owned);
        probe.handshakes.lock().unwrap().push(handshake);
        if let Some(text) = refuse {
            return Err(text.into());
        }
        probe.sockets.lock().unwrap().push(socket.clone());
        if probe.slow_open.load(Ordering::SeqCst) {
            probe.gate.acquire().await.unwrap().forget();
        }
        probe.alive.fetch_add(1, Ordering::SeqCst);
        let greeting = vec![Frame::new("ready", &json!({"socketId": socket.id().as_str()})).unwrap()];
        Ok(Opened { session: Session { probe: Arc::clone(probe), socket }, greeting })
    }

    async fn ready(&self, session: &mut Session) {
        session.probe.ready.fetch_add(1, Ordering::SeqCst);
    }

    async fn event(&self, session: &mut Session, event: IncomingEvent) {
        let payload = event.payload;
        let first = payload.first.as_deref().map(str::to_owned);
        match event.name.as_str() {
            "wait" => self.0.gate.acquire().await.unwrap().forget(),
            "panic" => panic!("as the test asked"),
            "close" => session.socket.close(CloseReason::SessionEnded),
            _ => {}
        }
        let seen = (event.name, first, payload.arguments, payload.attachments);
        if let Some(ack) = event.ack {
            let first: Option<Value> = seen.1.as_deref().and_then(|json| serde_json::from_str(json).ok());
            ack.send(&json!({"name": seen.0, "first": first, "arguments": seen.2, "attachments": seen.3}))
                .ok();
        }
        self.0.events.lock().unwrap().push(seen);
    }

    fn overflow(&self, _socket: &Socket, event: IncomingEvent) {
        self.0.overflown.fetch_add(1, Ordering::SeqCst);
        if let Some(ack) = event.ack {
            ack.send(&json!({"success": false, "code": "RATE_LIMITED"})).ok();
        }
    }

    async fn closed(&self, _session: Session, reason: CloseReason) {
        self.0.closed.lock().unwrap().push(reason);
    }
}

/// A running server; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) probe: Arc<Probe>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.task.abort();
    }
}

pub(crate) async fn start() -> Server {
    start_with(SocketConfig::default(), ListenConfig::default(), OriginPolicy::Any).await
}

pub(crate) async fn start_with(config: SocketConfig, listen: ListenConfig, origins: OriginPolicy) -> Server {
    let probe = Arc::new(Probe::default());
    let cors = origins.cors_layer();
    let sessions = Arc::new(ProbeSessions(Arc::clone(&probe)));
    let router = socket::router(sessions, &config, origins).layer(cors);
    let listener = socket::bind("127.0.0.1:0".parse().unwrap(), &listen).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(socket::serve(listener, router, listen, shutdown.clone()));
    Server { address, probe, shutdown, task }
}
