//! A service with a directory of its own, three tokens, and a message service that says what it is
//! told to say.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use futures::{Stream, StreamExt, stream};
use http_body_util::BodyExt;
use image::{DynamicImage, ImageFormat};
use natter_adapter_objects::ObjectMediaStore;
use natter_domain::command::{Command, Reply};
use natter_domain::media::MediaRecord;
use natter_domain::message::Head;
use natter_domain::ports::{
    Address, BusError, Clock, CommandBus, CommandError, CommandHandler, Service, Serving,
};
use natter_domain::{
    Conversation, ConversationKind, ConversationView, ObjectId, Rejection, Timestamp, UserId, UserRef,
};
use natter_runtime::commands::Commands;
use natter_runtime::config::{Limit, MediaConfig};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{Authenticate, MediaService, Ports};

pub(super) const BOUNDARY: &str = "X-BOUNDARY-X";
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub(super) fn alice() -> UserId {
    UserId(ObjectId::from_bytes([1; 12]))
}

pub(super) struct World {
    directory: TempDir,
    pub(super) bus: Arc<FakeBus>,
    pub(super) service: MediaService,
    pub(super) stop: CancellationToken,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(MediaConfig::default(), Limit::NONE)
    }

    pub(super) fn with(config: MediaConfig, uploads_per_minute: Limit) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bus = Arc::new(FakeBus::default());
        let stop = CancellationToken::new();
        let ports = Ports {
            store: Arc::new(ObjectMediaStore::directory(directory.path()).unwrap()),
            commands: Commands::new(Arc::clone(&bus) as Arc<dyn CommandBus>)
                .within(Duration::from_millis(50)),
            authenticate: Arc::new(FakeTokens),
            clock: Arc::new(FixedClock),
        };
        let service = MediaService::new(ports, &config, uploads_per_minute, stop.clone());
        Self { directory, bus, service, stop }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.service.router().oneshot(request).await.unwrap()).await
    }

    /// Uploads as Alice.
    pub(super) async fn upload(&self, body: impl Into<Body>) -> Answer {
        self.send(upload_request(body)).await
    }

    pub(super) async fn get(&self, url: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
        let mut request = Request::get(url);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Every file there is, also of uploads under way.
    pub(super) fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.directory.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "#lock").collect()
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) async fn until_empty(&self) {
        until(|| self.files().is_empty(), || format!("files stay: {:?}", self.files())).await;
    }
}

/// Waits, for five seconds at the most.
pub(super) async fn until(condition: impl Fn() -> bool, what: impl Fn() -> String) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{}", what());
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The data of a success.
    pub(super) fn data(&self) -> Value {
        let mut json = self.json();
        assert_eq!((self.status, &json["success"]), (StatusCode::OK, &Value::Bool(true)), "{json}");
        json["data"].take()
    }

    pub(super) fn assert_refused(&self, status: u16, error: &str, code: &str) {
        let json = self.json();
        assert_eq!(self.status.as_u16(), status, "{json}");
        assert_eq!(
            (&json["success"], &json["error"], &json["code"]),
            (&false.into(), &error.into(), &code.into())
        );
    }

    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(&name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(super) fn upload_request(body: impl Into<Body>) -> Request<Body> {
    form_request(Method::POST, "/api/media/upload", body)
}

pub(super) fn form_request(method: Method, uri: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::AUTHORIZATION, "Bearer alice")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body.into())
        .unwrap()
}

/// The part of a form up to the content.
pub(super) fn part(field: &str, filename: &str, content_type: &str) -> Vec<u8> {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{filename}\"\r\n\
         Content-Type: {content_type}\r\n\r\n"
    )
    .into_bytes()
}

pub(super) fn end() -> Vec<u8> {
    format!("\r\n--{BOUNDARY}--\r\n").into_bytes()
}

/// A form with one file.
pub(super) fn form(field: &str, filename: &str, content: &[u8]) -> Vec<u8> {
    [&part(field, filename, "application/octet-stream"), content, &end()].concat()
}

/// A form with one file of this many bytes after `head`, in pieces and of no announced length.
pub(super) fn long_form(head: &[u8], size: usize) -> Body {
    const PIECE: usize = 64 * 1024;
    let rest = size - head.len();
    let zeros = Bytes::from_static(&[0; PIECE]);
    let full = (0..rest / PIECE).map(move |_| zeros.clone());
    let start = [part("media", "long", "video/mp4"), head.to_vec()].concat();
    let last = [vec![0; rest % PIECE], end()].concat();
    pieces(stream::iter([start.into()]).chain(stream::iter(full)).chain(stream::iter([last.into()])))
}

pub(super) fn pieces(pieces: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    Body::from_stream(pieces.map(Ok::<_, std::io::Error>))
}

pub(super) fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The beginning of an MP4.
pub(super) const MP4: &[u8] = b"\0\0\0\x14ftypisom\0\0\x02\0isom\0\0\0\x08free";

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct FakeTokens;

#[async_trait]
impl Authenticate for FakeTokens {
    async fn authenticate(&self, token: &str) -> Result<UserRef, Rejection> {
        match token {
            "alice" => Ok(UserRef { id: alice(), ..UserRef::default() }),
            "down" => Err(Rejection::Unavailable),
            "gone" => Err(Rejection::UserNotFound),
            _ => Err(Rejection::Unauthenticated),
        }
    }
}

/// What a command is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Reject(Rejection),
    Nothing,
}

#[derive(Default)]
pub(super) struct FakeBus {
    pub(super) commands: Mutex<Vec<Command>>,
    /// Of records, if not a yes.
    pub(super) to_records: Mutex<Option<Says>>,
    /// Of photos, if not a yes.
    pub(super) to_photos: Mutex<Option<Says>>,
}

impl FakeBus {
    pub(super) fn records(&self) -> Vec<MediaRecord> {
        let commands = self.commands.lock().unwrap();
        let records = commands.iter().filter_map(|command| match command {
            Command::RecordMedia(command) => Some(command.record.clone()),
            _ => None,
        });
        records.collect()
    }
}

#[async_trait]
impl CommandBus for FakeBus {
    async fn request(
        &self,
        _address: Address,
        command: Command,
        _deadline: Duration,
    ) -> Result<Reply, CommandError> {
        self.commands.lock().unwrap().push(command.clone());
        let (reply, says) = match command {
            Command::RecordMedia(_) => (Reply::Done(()), &self.to_records),
            Command::SetConversationPhoto(command) => {
                let conversation = Conversation {
                    id: command.conversation,
                    kind: ConversationKind::Group,
                    name: None,
                    photo: command.photo,
                    participants: Vec::new(),
                    created_at: NOW,
                    updated_at: NOW,
                };
                let view = ConversationView {
                    conversation: Arc::new(conversation),
                    members: Arc::default(),
                    head: Head { rev: 1, seq: 1 },
                    last_message: None,
                    unread: 0,
                    updated_at: NOW,
                };
                (Reply::Conversation(view), &self.to_photos)
            }
            other => panic!("{other:?}"),
        };
        match says.lock().unwrap().clone() {
            None => Ok(reply),
            Some(Says::Reject(rejection)) => Err(CommandError::Rejected(rejection)),
            Some(Says::Nothing) => Err(CommandError::TimedOut),
        }
    }

    async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        panic!("nobody serves here")
    }
}
