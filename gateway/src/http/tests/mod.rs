//! The API as clients see it, over a bus that keeps commands and answers what it is told to.

mod activity;
mod answers;
mod description;
mod faulty;
mod pages;
mod resources;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use natter_auth::{AdminToken, Authenticator, IssuerSettings, TokenIssuer, TokenVerifier, VerifierSettings};
use natter_domain::ports::{
    Address, BusError, Clock, CommandBus, CommandError, CommandHandler, Service, Serving,
};
use natter_domain::{Command, Rejection, Reply, Timestamp};
use natter_runtime::commands::Commands;
use natter_runtime::config::LimitsConfig;
use serde_json::Value;
use tower::ServiceExt;

use super::{Alongside, Api, DemoUsers, router};
use crate::address::ClientAddresses;
use crate::dialect::DialectId;
use crate::limits::Limits;
use crate::samples;
use crate::socket::OriginPolicy;

const SECRET: &[u8] = b"a secret for tests";

type Answer = dyn Fn(&Command) -> Result<Reply, Rejection> + Send + Sync;

/// Keeps every command but the checks of sessions.
struct Bus {
    commands: Mutex<Vec<Command>>,
    answer: Box<Answer>,
}

#[async_trait]
impl CommandBus for Bus {
    async fn request(&self, _: Address, command: Command, _: Duration) -> Result<Reply, CommandError> {
        let answer = (self.answer)(&command);
        if !matches!(command, Command::CheckSessions(_)) {
            self.commands.lock().unwrap().push(command);
        }
        answer.map_err(CommandError::Rejected)
    }

    async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        Ok(Serving(Box::new(())))
    }
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        samples::NOW
    }
}

/// The API with its bus.
struct Server {
    router: Router,
    bus: Arc<Bus>,
    token: String,
}

/// What a client got.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    #[track_caller]
    fn data(&self, status: u16) -> Value {
        let body = self.json();
        assert_eq!((self.status.as_u16(), &body["success"]), (status, &Value::Bool(true)), "{body}");
        body["data"].clone()
    }

    /// Checks that it is a refusal of this status and code, and gives its text.
    #[track_caller]
    fn refused(&self, status: u16, code: &str) -> String {
        let body = self.json();
        let got = (self.status.as_u16(), &body["success"], body["code"].as_str());
        assert_eq!(got, (status, &Value::Bool(false), Some(code)), "{body}");
        body["error"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    /// Every command is answered with a sample.
    fn new() -> Self {
        Self::answering(samples::reply)
    }

    fn answering(answer: impl Fn(&Command) -> Result<Reply, Rejection> + Send + Sync + 'static) -> Self {
        Self::with(answer, &LimitsConfig::default(), None, Router::new())
    }

    fn with(
        answer: impl Fn(&Command) -> Result<Reply, Rejection> + Send + Sync + 'static,
        limits: &LimitsConfig,
        demo: Option<Arc<dyn DemoUsers>>,
        beside: Router,
    ) -> Self {
        let bus = Arc::new(Bus { commands: Mutex::default(), answer: Box::new(answer) });
        let commands = Commands::new(bus.clone());
        let clock: Arc<dyn Clock> = Arc::new(FixedClock);
        let settings =
            VerifierSettings { hs256_secret: Some(SECRET.to_vec()), ..VerifierSettings::default() };
        let verifier = Arc::new(TokenVerifier::new(settings).unwrap());
        let issuer = TokenIssuer::new(IssuerSettings {
            hs256_secret: SECRET.to_vec(),
            access_token_ttl: Duration::from_secs(600),
            issuer: None,
            audience: None,
        });
        let token = issuer.unwrap().issue(samples::ME, None, samples::NOW).unwrap().token;
        // One token does for both: each route looks at it in its own way.
        let authenticator = Authenticator::new(verifier, commands.clone(), clock.clone())
            .with_admin(Some(AdminToken::new(&token)));
        let api = Api {
            authenticator: Arc::new(authenticator),
            commands,
            limits: Arc::new(Limits::new(limits)),
            default_dialect: DialectId::named("colon").unwrap(),
            clock,
            addresses: Arc::new(ClientAddresses::default()),
            max_body: 64 * 1024,
            demo,
        };
        let alongside = vec![Alongside { routes: beside, description: None }];
        let router = router(Arc::new(api), alongside, &OriginPolicy::Any).unwrap();
        Self { router, bus, token }
    }

    /// A request with the token and these further headers.
    async fn call(&self, method: &str, path: &str, body: impl Into<Body>, headers: &[(&str, &str)]) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        let authorization = format!("Bearer {}", self.token);
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Got { status: parts.status, headers: parts.headers, bytes }
    }

    async fn get(&self, path: &str) -> Got {
        self.call("GET", path, Body::empty(), &[]).await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Got {
        self.call(method, path, body.to_string(), &[]).await
    }

    /// The commands since the last look.
    fn commands(&self) -> Vec<Command> {
        std::mem::take(&mut self.bus.commands.lock().unwrap())
    }
}
