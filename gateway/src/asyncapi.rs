//! The description of all events (AsyncAPI 3), from what the dialects declare.
//!
//! A channel a dialect. An event of a client's is an operation with a reply, the ack. Knows no
//! dialect but by its declarations.

use std::collections::BTreeSet;
use std::time::Duration;

use natter_domain::{Code, Rejection};
use natter_runtime::config::GatewayConfig;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use crate::dialect::wire::{Done, ErrorCode, Id, Refused};
use crate::dialect::{
    ClientEvent, ConnectRefusal, DIALECTS, Dialect, DialectId, ERROR, Operation, Schemas, Shape, Succeeded,
    Told, UNKNOWN_DIALECT, UNKNOWN_EVENT,
};
use crate::relay::TOO_LARGE;

/// What there is to know of all dialects.
const ABOUT: &str = "Chat over Socket.IO (protocol 5 over Engine.IO 4, namespace `/`, transports `websocket` and \
    `polling`). A socket speaks one dialect, which it names at its handshake. An event has one argument. A client may \
    pass an ack to any of its events: it is called with one object, `{success: true, …}` or `{success: false, error, \
    code}`. Of payloads, `null` is the same as absent, and unknown fields are ignored.";

/// The document.
pub(crate) fn document(config: &GatewayConfig) -> Value {
    let mut document = Document::default();
    let default = DialectId::configured(&config.default_dialect).get().name();
    for dialect in DIALECTS {
        document.add(dialect, default, &config.relay_events);
    }
    let schemas: Map<_, _> =
        document.schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Natter",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "natter": {
                "host": "{host}",
                "pathname": "/socket.io/",
                "protocol": "ws",
                "description": "Sockets and HTTP are served on the same port.",
                "variables": {"host": {"default": "localhost:3100"}},
                "security": [{"$ref": "#/components/securitySchemes/accessToken"}],
            },
        },
        "channels": document.channels,
        "operations": document.operations,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Where the handshake's `auth` has no `token`.",
                },
            },
        },
    })
}

#[derive(Default)]
struct Document {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    schemas: Schemas,
}

/// One dialect's channel, as far as it is described.
struct Channel<'a> {
    name: &'static str,
    messages: Map<String, Value>,
    operations: &'a mut Map<String, Value>,
    schemas: &'a mut Schemas,
}

impl Document {
    fn add(&mut self, dialect: &'static dyn Dialect, default: &str, relays: &[String]) {
        let name = dialect.name();
        dialect.http().describe(name, &mut self.schemas);
        let mut channel = Channel {
            name,
            messages: Map::new(),
            operations: &mut self.operations,
            schemas: &mut self.schemas,
        };
        channel.connect(dialect, name == default);
        for event in dialect.client_events() {
            channel.client_event(dialect, event);
        }
        for event in dialect.server_events() {
            channel.server_event(event.name, event.about, event.payload);
        }
        channel.error(dialect, relays);
        for relay in relays {
            channel.relay(relay);
        }
        let error = if dialect.error_beside_ack() {
            "A failure is told by an `error` event, and by the ack where there is one."
        } else {
            "A failure is told by the ack; by an `error` event where there is none."
        };
        let handshake =
            json!({"type": "object", "properties": {"dialect": {"type": "string", "const": name}}});
        let described = json!({
            "address": "/",
            "title": format!("The {name} dialect"),
            "description": error,
            "servers": [{"$ref": "#/servers/natter"}],
            "messages": channel.messages,
            "bindings": {"ws": {"method": "GET", "query": handshake, "bindingVersion": "0.1.0"}},
        });
        self.channels.insert(name.to_owned(), described);
    }
}

impl Channel<'_> {
    /// Adds a message and gives a reference to it. Names of the two directions overlap.
    fn message(&mut self, key: String, name: &str, about: &str, payload: Value) -> Value {
        let reference = json!({"$ref": format!("#/channels/{}/messages/{key}", self.name)});
        self.messages.insert(key, json!({"name": name, "summary": about.trim(), "payload": payload}));
        reference
    }

    /// An operation: what clients send and the `replies` to it, or what the server sends, without any.
    fn operation(&mut self, key: &str, about: &str, message: &Value, replies: &[Value]) {
        let channel = json!({"$ref": format!("#/channels/{}", self.name)});
        let operation = if replies.is_empty() {
            json!({"action": "send", "summary": about.trim(), "channel": channel, "messages": [message]})
        } else {
            let reply = json!({"channel": channel, "messages": replies});
            json!({"action": "receive", "summary": about.trim(), "channel": channel, "messages": [message], "reply": reply})
        };
        self.operations.insert(format!("{}.{key}", self.name), operation);
    }

    /// The packet that a client connects with, and why it may be refused.
    fn connect(&mut self, dialect: &dyn Dialect, default: bool) {
        let refusals = ConnectRefusal::ALL.map(|refusal| dialect.refusal(refusal));
        let texts: BTreeSet<_> = refusals.into_iter().chain([UNKNOWN_DIALECT]).collect();
        let which = if default { "the server's default" } else { "must be named, here or in the query" };
        let auth = json!({
            "type": "object",
            "properties": {
                "token": {
                    "type": "string",
                    "description": "An access token; where absent, it is the header `Authorization`'s.",
                },
                "dialect": {"type": "string", "const": self.name, "description": which},
            },
            "required": if default { json!([]) } else { json!(["dialect"]) },
        });
        let refused = json!({
            "type": "object",
            "properties": {"message": {"type": "string", "enum": texts}},
            "required": ["message"],
        });
        let about = "The handshake's `auth`. The server answers with its `connect` packet and the first event, or \
            with `connect_error`.";
        let connect = self.message("client.connect".to_owned(), "connect", about, auth);
        let error = "connect_error";
        let refused = self.message(format!("server.{error}"), error, "The client may not connect.", refused);
        self.operation("connect", about, &connect, &[refused]);
    }

    fn client_event(&mut self, dialect: &dyn Dialect, event: &ClientEvent) {
        event.payload.describe(self.name, self.schemas);
        event.ack.describe(self.name, self.schemas);
        let refusals = refusals(dialect, event.operation, event.rejections);
        self.asked(event.name, event.about, json!(event.payload.reference(self.name)), event.ack, &refusals);
    }

    /// An event of a client's with its ack.
    fn asked(&mut self, name: &str, about: &str, payload: Value, ack: Shape, refusals: &[Value]) {
        let asked = self.message(format!("client.{name}"), name, about, payload);
        let success = json!(ack.reference(self.name));
        let done = self.message(format!("ack.{name}"), "ack", "It was carried out.", success);
        let shape = Shape::of::<Refused>();
        shape.describe(self.name, self.schemas);
        let failure = json!({"allOf": [shape.reference(self.name), {"anyOf": refusals}]});
        let refused = self.message(format!("refusal.{name}"), "ack", "It was not carried out.", failure);
        self.operation(&format!("client.{name}"), about, &asked, &[done, refused]);
    }

    fn server_event(&mut self, name: &str, about: &str, payload: Shape) {
        payload.describe(self.name, self.schemas);
        self.told(name, about, json!(payload.reference(self.name)));
    }

    fn told(&mut self, name: &str, about: &str, payload: Value) {
        let key = format!("server.{name}");
        let told = self.message(key.clone(), name, about, payload);
        self.operation(&key, about, &told, &[]);
    }

    /// `error`, with what each event may be refused for.
    fn error(&mut self, dialect: &dyn Dialect, relays: &[String]) {
        let Told { name, about, payload } = ERROR.told();
        payload.describe(self.name, self.schemas);
        let of_event = |name: &str, refusals: Vec<Value>| {
            let texts: Vec<_> = refusals.iter().map(as_error).collect();
            json!({"properties": {"event": {"const": name}}, "anyOf": texts})
        };
        let own = dialect.client_events().iter();
        let own = own.map(|event| of_event(event.name, refusals(dialect, event.operation, event.rejections)));
        let relayed = relays.iter().map(|name| of_event(name, relay_refusals()));
        let of_others = json!({
            "properties": {"message": {"const": UNKNOWN_EVENT}, "code": {"const": ErrorCode::from(Code::UnknownEvent)}},
        });
        let texts: Vec<_> = own.chain(relayed).chain([of_others]).collect();
        self.told(name, about, json!({"allOf": [payload.reference(self.name), {"anyOf": texts}]}));
    }

    /// An event that is relayed as it comes.
    fn relay(&mut self, name: &str) {
        let fields = json!({
            "roomId": {"type": "string", "description": "A conversation that the socket has joined."},
            "conversationId": {"type": "string", "description": "The same, where there is no `roomId`."},
        });
        let one = json!([{"required": ["roomId"]}, {"required": ["conversationId"]}]);
        let sent =
            json!({"type": "object", "properties": fields, "anyOf": one, "additionalProperties": true});
        let stamp = json!({"properties": {"userId": Id::schema()}, "required": ["userId"]});
        let relayed = json!({"allOf": [sent, stamp]});
        let done = Shape::of::<Succeeded<Done>>();
        done.describe(self.name, self.schemas);
        let about = "Shared with the others in the room, and never stored.";
        self.asked(name, about, sent, done, &relay_refusals());
        let about =
            "To the others in the room, every other field as it was sent. Dropped for who can't keep up.";
        self.told(name, about, relayed);
    }
}

/// What an event may be refused for: its own, and what any may.
fn refusals(dialect: &dyn Dialect, operation: Operation, own: &[Rejection]) -> Vec<Value> {
    let any = [
        Rejection::invalid("", ""),
        Rejection::RateLimited { retry_after: Duration::ZERO },
        Rejection::Unavailable,
        Rejection::Internal,
    ];
    let told = |rejection| refusal(rejection, &dialect.rejection(operation, rejection));
    let mut refusals: Vec<_> = own.iter().chain(&any).map(told).collect();
    let mut seen = BTreeSet::new();
    refusals.retain(|refusal| seen.insert(refusal.to_string()));
    refusals
}

/// What a relayed event may be refused for, in any dialect.
fn relay_refusals() -> Vec<Value> {
    let rejections = [
        Rejection::invalid("", ""),
        Rejection::NotParticipant,
        Rejection::RateLimited { retry_after: Duration::ZERO },
        Rejection::Unavailable,
        Rejection::Internal,
    ];
    let told = |rejection: &Rejection| refusal(rejection, &rejection.to_string());
    rejections.iter().map(told).chain([refusal(&Rejection::TooLarge, TOO_LARGE)]).collect()
}

/// A text with its code, as acks have them.
fn refusal(rejection: &Rejection, text: &str) -> Value {
    let text = match rejection {
        Rejection::Invalid { .. } => json!({"pattern": "^Invalid payload: [^:]+: .+"}),
        _ => json!({"const": text}),
    };
    json!({"properties": {"error": text, "code": {"const": ErrorCode::from(rejection.code())}}})
}

/// The same, as `error` has them.
fn as_error(refusal: &Value) -> Value {
    let fields = &refusal["properties"];
    json!({"properties": {"message": fields["error"], "code": fields["code"]}})
}
