//! What all answers have in common.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use natter_domain::{Command, Rejection};
use natter_runtime::config::{Limit, LimitsConfig};
use serde_json::json;

use super::{Got, Server};
use crate::samples::{self, CONVERSATION_TEXT};

fn refusing(rejection: Rejection) -> Server {
    Server::answering(move |command| match command {
        Command::CheckSessions(_) => samples::reply(command),
        _ => Err(rejection.clone()),
    })
}

#[tokio::test]
async fn each_code_has_its_status() {
    let limited = Rejection::RateLimited { retry_after: Duration::from_millis(1500) };
    for (rejection, status, code) in [
        (Rejection::invalid("name", "is odd"), 400, "VALIDATION"),
        (Rejection::SessionRevoked, 401, "UNAUTHENTICATED"),
        (Rejection::NotParticipant, 403, "FORBIDDEN"),
        (Rejection::BlockedYou, 403, "BLOCKED"),
        (Rejection::ConversationNotFound, 404, "NOT_FOUND"),
        (Rejection::UsernameTaken, 409, "CONFLICT"),
        (Rejection::TooLarge, 413, "TOO_LARGE"),
        (Rejection::UnsupportedMedia, 415, "UNSUPPORTED_MEDIA"),
        (limited, 429, "RATE_LIMITED"),
        (Rejection::Internal, 500, "INTERNAL"),
        (Rejection::Unavailable, 503, "UNAVAILABLE"),
    ] {
        let got = refusing(rejection.clone()).get("/api/conversations").await;
        assert_eq!(got.refused(status, code), rejection.to_string());
        let retry_after = match status {
            429 => "2",
            503 => "1",
            _ => "",
        };
        assert_eq!(got.header("retry-after"), retry_after);
    }
}

#[tokio::test]
async fn a_dialect_has_its_own_words() {
    let path = format!("/api/conversations/{CONVERSATION_TEXT}");
    let body = json!({"text": "x"});
    let got = refusing(Rejection::NotParticipant).send("POST", &format!("{path}/messages"), &body).await;
    assert_eq!(got.refused(403, "FORBIDDEN"), "Not authorized to send message");
    let got = refusing(Rejection::Unavailable).send("POST", &format!("{path}/messages"), &body).await;
    assert_eq!(got.refused(503, "UNAVAILABLE"), "Failed to send message");
    let body = json!({"messageIds": []});
    let got = refusing(Rejection::Unavailable).send("POST", &format!("{path}/read"), &body).await;
    assert_eq!(got.refused(503, "UNAVAILABLE"), "Failed to mark messages as read");
}

#[tokio::test]
async fn the_dialect_is_the_headers_before_the_querys() {
    let server = Server::new();
    let ask = async |query: &str, headers: &[(&str, &str)]| -> Got {
        server.call("GET", &format!("/api/conversations{query}"), "", headers).await
    };
    ask("", &[]).await.data(200);
    ask("?dialect=colon", &[]).await.data(200);
    ask("?dialect=morse", &[("x-dialect", "colon")]).await.data(200);
    for (query, header) in [("?dialect=morse", None), ("?dialect=colon", Some("morse")), ("", Some(""))] {
        let headers: Vec<_> = header.map(|name| ("x-dialect", name)).into_iter().collect();
        assert_eq!(ask(query, &headers).await.refused(400, "VALIDATION"), "Unknown dialect");
    }
    let got = server.call("GET", "/api/users/me", "", &[("x-dialect", "morse")]).await;
    assert_eq!(got.refused(400, "VALIDATION"), "Unknown dialect");
}

#[tokio::test]
async fn who_asks_must_be_known() {
    let server = Server::new();
    let ask = async |server: &Server, authorization: &str| {
        server.call("GET", "/api/users/me", "", &[("authorization", authorization)]).await
    };
    for authorization in ["", "Bearer", "Basic dTpw"] {
        assert_eq!(ask(&server, authorization).await.refused(401, "UNAUTHENTICATED"), "Token required");
    }
    for authorization in ["Bearer x", "Bearer a b", &format!("Bearer {}", "x".repeat(7000))] {
        assert_eq!(ask(&server, authorization).await.refused(401, "UNAUTHENTICATED"), "Invalid token");
    }
    assert_eq!(server.commands(), []);
    for (rejection, status, code, text) in [
        (Rejection::UserNotFound, 401, "UNAUTHENTICATED", "User not found"),
        (Rejection::SessionRevoked, 401, "UNAUTHENTICATED", "Invalid token"),
        (Rejection::Unavailable, 503, "UNAVAILABLE", "Service unavailable"),
    ] {
        let server = Server::answering(move |_| Err(rejection.clone()));
        assert_eq!(server.get("/api/users/me").await.refused(status, code), text);
        assert_eq!(server.commands(), []);
    }
}

#[tokio::test]
async fn a_logout_is_known_at_once() {
    let gone = AtomicBool::new(false);
    let server = Server::answering(move |command| match command {
        Command::CheckSessions(_) if gone.load(Ordering::Relaxed) => Err(Rejection::SessionRevoked),
        Command::LogOut(_) => {
            gone.store(true, Ordering::Relaxed);
            samples::reply(command)
        }
        _ => samples::reply(command),
    });
    server.get("/api/users/me").await.data(200);
    server.call("POST", "/api/auth/logout", "", &[]).await.data(200);
    server.get("/api/users/me").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let server = Server::new();
    let mut seen = std::collections::HashSet::new();
    for path in ["/api/users/me", "/api/nothing", "/", "/openapi.json", "/docs/", "/nothing"] {
        let id = server.get(path).await.header("x-request-id").to_owned();
        assert!(id.len() >= 16 && seen.insert(id), "{path}");
    }
    let own = server.call("GET", "/api/users/me", "", &[("x-request-id", "mine-1")]).await;
    assert_eq!(own.header("x-request-id"), "mine-1");
    let long = "x".repeat(129);
    for faulty in ["", "a b", "é", &long] {
        let got = server.call("GET", "/api/users/me", "", &[("x-request-id", faulty)]).await;
        assert!(got.header("x-request-id").len() == 32, "{faulty}");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods() {
    let server = Server::new();
    for (method, path) in [
        ("GET", "/api/nothing"),
        ("GET", "/api"),
        ("GET", "/api/conversations/"),
        ("POST", "/api/users/me/x"),
        ("GET", "/x.js"),
    ] {
        assert_eq!(server.call(method, path, "", &[]).await.refused(404, "NOT_FOUND"), "Not found", "{path}");
    }
    for (method, path) in
        [("PUT", "/api/auth/login"), ("DELETE", "/api/users/me"), ("POST", "/"), ("POST", "/openapi.json")]
    {
        let got = server.call(method, path, "", &[]).await;
        assert_eq!(got.refused(405, "NOT_FOUND"), "Method not allowed", "{path}");
        assert_ne!(got.header("allow"), "");
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn a_panic_is_an_answer_and_what_is_beside_is_served_alike() {
    async fn panics() {
        panic!("on purpose");
    }
    let beside = Router::new().route("/panics", get(panics)).route("/beside", get(async || "here"));
    let server = Server::with(samples::reply, &LimitsConfig::default(), None, beside);
    let got = server.get("/panics").await;
    assert_eq!(got.refused(500, "INTERNAL"), "Internal error");
    assert_ne!(got.header("x-request-id"), "");
    let got = server.get("/beside").await;
    assert_eq!(got.bytes, b"here");
    assert_ne!(got.header("x-request-id"), "");
    server.call("PUT", "/beside", "", &[]).await.refused(405, "NOT_FOUND");
}

#[tokio::test]
async fn preflights_are_answered_for_any_origin() {
    let server = Server::new();
    let headers = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,x-dialect"),
    ];
    let got = server.call("OPTIONS", "/api/users/me", "", &headers).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("access-control-allow-origin"), "*");
    assert_eq!(got.header("access-control-allow-headers"), "authorization,x-dialect");
}

#[tokio::test]
async fn limits_say_when_to_come_back() {
    let limits = LimitsConfig {
        registrations_per_minute: Limit::new(1),
        logins_per_minute: Limit::new(1),
        messages_per_minute: Limit::new(1),
        ..LimitsConfig::default()
    };
    let server = Server::with(samples::reply, &limits, None, Router::new());
    let account = json!({"username": "ann", "email": "a@b.c", "password": "12345678"});
    for (path, body, status) in [
        ("/api/auth/register", account.clone(), 201),
        ("/api/auth/login", account, 200),
        (&format!("/api/conversations/{CONVERSATION_TEXT}/messages"), json!({"text": "x"}), 201),
        ("/api/activity", json!({"kind": "x", "reference": "x"}), 201),
    ] {
        // What is faulty is not counted.
        server.send("POST", path, &json!([])).await.refused(400, "VALIDATION");
        server.send("POST", path, &body).await.data(status);
        let got = server.send("POST", path, &body).await;
        assert_eq!(got.refused(429, "RATE_LIMITED"), "Too many requests");
        assert_eq!(got.header("retry-after"), "60");
        // Without trusted hops the header changes nothing.
        let headers = [("x-forwarded-for", "203.0.113.7")];
        server.call("POST", path, body.to_string(), &headers).await.refused(429, "RATE_LIMITED");
    }
    assert_eq!(server.commands().len(), 4);
}
