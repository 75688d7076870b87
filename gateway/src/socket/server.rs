//! From the engine's packets to sessions: the handshake of the namespace, and the task of each socket.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::http::request::Parts;
use bytes::Bytes;
use engineioxide::{DisconnectReason, Str, handler::EngineIoHandler};
use futures::FutureExt;
use serde_json::{Map, Value as Json};
use socketioxide_core::{
    Value,
    packet::{Packet, PacketData},
    parser::{Parse, ParseConfig, ParseError},
};
use socketioxide_parser_common::CommonParser;

use super::{
    CloseReason, Opened, Refusal, Sessions, Socket, SocketConfig,
    connection::{Connection, EngineSocket, Stage},
    event::RawEvent,
    handle::NAMESPACE,
    handshake::{Handshake, HandshakeSlot},
    inbox::{Bounds, Rejected},
    metrics::Metrics,
};

/// Handles what the engine reads. Nothing in here waits: the engine calls it on the tasks that read.
pub(super) struct Server<S> {
    sessions: Arc<S>,
    parsing: ParseConfig,
    inbox: Bounds,
    send_buffer: usize,
    connect_timeout: Duration,
    metrics: Arc<Metrics>,
}

impl<S: Sessions> Server<S> {
    pub(super) fn new(sessions: Arc<S>, config: &SocketConfig) -> Self {
        Self {
            sessions,
            parsing: ParseConfig {
                max_incoming_binary_buf_size: config.max_payload,
                max_incoming_binaries: config.max_attachments,
                packet_completion_timeout: config.body_timeout,
            },
            inbox: Bounds { events: config.inbox_events, bytes: config.inbox_bytes },
            send_buffer: config.send_buffer,
            connect_timeout: config.connect_timeout,
            metrics: Arc::new(Metrics::new()),
        }
    }

    fn decoded(self: &Arc<Self>, packet: Result<Packet, ParseError>, socket: Socket) {
        match packet {
            Ok(packet) if packet.ns.as_str() == NAMESPACE => self.receive(packet.inner, socket),
            Ok(Packet { inner: PacketData::Connect(_), ns }) => {
                let answer = Packet::connect_error(ns, "Invalid namespace");
                socket.emit_control(answer).ok();
            }
            Ok(_) | Err(ParseError::NeedsMoreBinaryData) => {}
            Err(_) => socket.break_off(),
        }
    }

    fn receive(self: &Arc<Self>, packet: PacketData, socket: Socket) {
        match packet {
            PacketData::Connect(auth) => self.connect(auth, socket),
            PacketData::Disconnect => {
                socket.finish(CloseReason::ClientLeft);
                socket.close_connection_later();
            }
            PacketData::Event(Value::Str(text, attachments), ack)
            | PacketData::BinaryEvent(Value::Str(text, attachments), ack) => {
                let attachments = attachments.map_or(0, |binaries| binaries.len());
                match RawEvent::parse(&text, attachments, ack) {
                    Ok(event) => self.enqueue(event, socket),
                    Err(_) => socket.break_off(),
                }
            }
            PacketData::ConnectError(_) | PacketData::Event(..) | PacketData::BinaryEvent(..) => {
                socket.break_off();
            }
            // The server asks for no acks.
            PacketData::EventAck(..) | PacketData::BinaryAck(..) => {}
        }
    }

    fn connect(self: &Arc<Self>, auth: Option<Value>, socket: Socket) {
        let Ok(auth) = auth_of(auth) else {
            return socket.break_off();
        };
        // A second CONNECT finds no handshake, and means nothing.
        let Some(mut handshake) = take_handshake(&socket.0.req_parts) else {
            return;
        };
        handshake.auth = auth.map(Json::Object);
        {
            let mut stage = socket.0.data.stage();
            let Stage::Idle(timeout) = &*stage else {
                return;
            };
            if let Some(timeout) = timeout {
                timeout.abort();
            }
            *stage = Stage::Opening { held: Vec::new(), most: self.send_buffer };
        }
        tokio::spawn(Arc::clone(self).run(handshake, socket));
    }

    fn enqueue(&self, event: RawEvent, socket: Socket) {
        if matches!(*socket.0.data.stage(), Stage::Idle(_)) {
            return socket.break_off();
        }
        match socket.0.data.inbox.push(event, self.inbox) {
            Ok(()) => self.metrics.events_in.increment(1),
            Err(Rejected::Full(event)) => {
                self.metrics.events_dropped.increment(1);
                self.sessions.overflow(&socket, event.of(&socket));
            }
            Err(Rejected::Closed) => {}
        }
    }

    /// The task of one socket. It lasts as long as the socket: what is needed only at its beginning has
    /// no place in it.
    async fn run(self: Arc<Self>, handshake: Box<Handshake>, socket: Socket) {
        let _life = Life(socket.clone());
        let Opened { mut session, greeting } = match self.sessions.open(*handshake, socket.clone()).await {
            Ok(opened) => opened,
            Err(Refusal(text)) => {
                self.metrics.refused.increment(1);
                return socket.refuse(text);
            }
        };
        let counted = self.metrics.opened();
        if socket.begin(greeting) {
            // A panic ends this socket only, and what the session holds elsewhere is given back.
            let handled = AssertUnwindSafe(self.handle(&mut session, &socket)).catch_unwind().await;
            if handled.is_err() {
                tracing::error!(socket = %socket.id(), "the handling of an event panicked");
                socket.close(CloseReason::Failed);
            }
        }
        let reason = socket.0.data.ended().unwrap_or(CloseReason::Failed);
        counted.closed(reason);
        self.sessions.closed(session, reason).await;
    }

    async fn handle(&self, session: &mut S::Session, socket: &Socket) {
        self.sessions.ready(session).await;
        while let Some(event) = socket.0.data.inbox.next().await {
            self.sessions.event(session, event.of(socket)).await;
        }
    }
}

impl<S: Sessions> EngineIoHandler for Server<S> {
    type Data = Connection;

    fn on_connect(self: Arc<Self>, engine: Arc<EngineSocket>) {
        engine.data.metrics.set(Arc::clone(&self.metrics)).ok();
        let timeout = self.connect_timeout;
        let connecting = Arc::downgrade(&engine);
        let timeout = tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            if let Some(socket) = connecting.upgrade().map(Socket) {
                let idle = matches!(*socket.0.data.stage(), Stage::Idle(_));
                if idle {
                    socket.break_off();
                }
            }
        });
        *engine.data.stage() = Stage::Idle(Some(timeout.abort_handle()));
    }

    fn on_disconnect(&self, engine: Arc<EngineSocket>, reason: DisconnectReason) {
        Socket(engine).finish(match reason {
            DisconnectReason::TransportClose => CloseReason::ClientLeft,
            DisconnectReason::TransportError => CloseReason::ConnectionLost,
            DisconnectReason::HeartbeatTimeout => CloseReason::PingTimeout,
            DisconnectReason::MultipleHttpPollingError | DisconnectReason::PacketParsingError => {
                CloseReason::ProtocolError
            }
            DisconnectReason::ClosingServer => CloseReason::ShuttingDown,
        });
    }

    fn on_message(self: &Arc<Self>, text: Str, engine: Arc<EngineSocket>) {
        let packet = CommonParser.decode_str(&self.parsing, &engine.data.parser, text);
        self.decoded(packet, Socket(engine));
    }

    fn on_binary(self: &Arc<Self>, data: Bytes, engine: Arc<EngineSocket>) {
        let packet = CommonParser.decode_bin(&self.parsing, &engine.data.parser, data);
        self.decoded(packet, Socket(engine));
    }
}

impl<S> fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

/// Ends the socket where its task ends without having done so: where opening it panicked.
struct Life(Socket);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.close(CloseReason::Failed);
    }
}

fn auth_of(auth: Option<Value>) -> Result<Option<Map<String, Json>>, serde_json::Error> {
    match auth {
        Some(Value::Str(text, _)) => serde_json::from_str(&text),
        Some(Value::Bytes(_)) | None => Ok(None),
    }
}

fn take_handshake(request: &Parts) -> Option<Box<Handshake>> {
    request.extensions.get::<HandshakeSlot>()?.take()
}
