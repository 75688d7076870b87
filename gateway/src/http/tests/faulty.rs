//! Faulty requests: a clear refusal, and no command.

use serde_json::json;

use super::Server;
use crate::samples::{CONVERSATION_TEXT, MESSAGE_TEXT, OTHER_TEXT};

fn path(template: &str) -> String {
    template.replace(":c", CONVERSATION_TEXT).replace(":u", OTHER_TEXT).replace(":m", MESSAGE_TEXT)
}

/// Routes that need a body, with fields that must be there and what they may not be.
const WITH_BODY: [(&str, &str, &[&str]); 14] = [
    ("POST", "/api/auth/register", &["username", "email", "password"]),
    ("POST", "/api/auth/login", &["email", "password"]),
    ("POST", "/api/auth/refresh", &["refreshToken"]),
    ("PATCH", "/api/users/me", &[]),
    ("PUT", "/api/users/:u", &[]),
    ("POST", "/api/conversations", &["type"]),
    ("PATCH", "/api/conversations/:c", &["name"]),
    ("POST", "/api/conversations/:c/participants", &["participantIds"]),
    ("PUT", "/api/conversations/:c/participants/:u/role", &["role"]),
    ("POST", "/api/conversations/:c/messages", &[]),
    ("POST", "/api/conversations/:c/read", &["messageIds"]),
    ("PATCH", "/api/messages/:m", &["text"]),
    ("POST", "/api/sync", &["cursors"]),
    ("POST", "/api/activity", &["kind", "reference"]),
];

#[tokio::test]
async fn what_is_no_json_object_is_no_body() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let bodies = [
        "null".to_owned(),
        "[]".to_owned(),
        "5".to_owned(),
        "\"x\"".to_owned(),
        String::new(),
        "{oops".to_owned(),
        "{\"a\":".to_owned(),
        "{} {}".to_owned(),
        "\u{feff}{}".to_owned(),
        deep(20_000),
        format!("{{\"text\":{},\"name\":1}}", deep(20_000)),
    ];
    let server = Server::new();
    for (method, template, _) in WITH_BODY {
        for body in &bodies {
            let got = server.call(method, &path(template), body.clone(), &[]).await;
            let text = got.refused(400, "VALIDATION");
            assert!(text.starts_with("Invalid payload: payload: "), "{template}: {text}");
        }
        let not_utf8 = b"{\"\xff\xfe\":1}".to_vec();
        server.call(method, &path(template), not_utf8, &[]).await.refused(400, "VALIDATION");
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn bodies_are_small() {
    let server = Server::new();
    for (method, template, _) in WITH_BODY {
        let body = json!({"text": "x".repeat(64 * 1024)}).to_string();
        let text = server.call(method, &path(template), body, &[]).await.refused(413, "TOO_LARGE");
        assert_eq!(text, "Payload too large");
        let deep = "[".repeat(50_000) + &"]".repeat(50_000);
        server.call(method, &path(template), deep, &[]).await.refused(413, "TOO_LARGE");
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn bodies_are_json() {
    let server = Server::new();
    for content_type in
        ["application/x-www-form-urlencoded", "text/plain", "", "application/jsonx", "multipart/form-data"]
    {
        for (method, template, _) in WITH_BODY {
            let headers = [("content-type", content_type)];
            let got = server.call(method, &path(template), "{}", &headers).await;
            got.refused(415, "UNSUPPORTED_MEDIA");
        }
    }
    assert_eq!(server.commands(), []);
    let headers = [("content-type", "Application/JSON; charset=utf-8")];
    server.call("PATCH", "/api/users/me", "{}", &headers).await.data(200);
    let headers = [("content-type", "text/plain")];
    server.call("POST", "/api/auth/logout", "", &headers).await.data(200);
}

#[tokio::test]
async fn required_fields_are_named() {
    let server = Server::new();
    for (method, template, required) in WITH_BODY {
        if let [first, ..] = required {
            let text = server.send(method, &path(template), &json!({})).await.refused(400, "VALIDATION");
            assert!(text.starts_with(&format!("Invalid payload: {first}: ")), "{template}: {text}");
        }
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn fields_of_wrong_types_are_named() {
    let account = |field: &str, value: serde_json::Value| {
        let mut body = json!({"username": "ann", "email": "a@b.c", "password": "12345678"});
        body[field] = value;
        body
    };
    let entry = |field: &str, value: serde_json::Value| {
        let mut body = json!({"kind": "meeting", "reference": "x"});
        body[field] = value;
        body
    };
    let cursor = |conversation: serde_json::Value, rev: serde_json::Value| json!({"cursors": [{"conversationId": conversation, "rev": rev}]});
    let operator = json!({"$ne": null});
    let many: Vec<_> = (0..1001).map(|_| "x").collect();
    let faulty = [
        ("POST", "/api/auth/register", account("username", json!(5)), "username"),
        ("POST", "/api/auth/register", account("email", json!(["a@b.c"])), "email"),
        ("POST", "/api/auth/register", account("password", operator.clone()), "password"),
        ("POST", "/api/auth/register", account("password", json!(null)), "password"),
        ("POST", "/api/auth/register", account("name", json!({})), "name"),
        ("POST", "/api/auth/login", json!({"email": operator, "password": "x"}), "email"),
        ("POST", "/api/auth/login", json!({"username": [], "password": "x"}), "username"),
        ("POST", "/api/auth/login", json!({"username": "x", "password": operator}), "password"),
        ("POST", "/api/auth/refresh", json!({"refreshToken": operator}), "refreshToken"),
        ("POST", "/api/auth/logout", json!({"everywhere": "yes"}), "everywhere"),
        ("PATCH", "/api/users/me", json!({"name": 5}), "name"),
        ("PATCH", "/api/users/me", json!({"username": operator}), "username"),
        ("PATCH", "/api/users/me", json!({"profileImage": 5}), "profileImage"),
        ("PUT", "/api/users/:u", json!({"username": operator}), "username"),
        ("PUT", "/api/users/:u", json!({"name": 5}), "name"),
        ("PUT", "/api/users/:u", json!({"profileImage": []}), "profileImage"),
        ("PUT", "/api/users/:u", json!({"email": true}), "email"),
        ("PUT", "/api/users/:u", json!({"password": operator}), "password"),
        ("POST", "/api/conversations", json!({"type": "party"}), "type"),
        ("POST", "/api/conversations", json!({"type": operator}), "type"),
        ("POST", "/api/conversations", json!({"type": "direct"}), "participantId"),
        ("POST", "/api/conversations", json!({"type": "direct", "participantId": operator}), "participantId"),
        ("POST", "/api/conversations", json!({"type": "direct", "participantId": 5}), "participantId"),
        ("POST", "/api/conversations", json!({"type": "group", "participantIds": ["x"]}), "name"),
        ("POST", "/api/conversations", json!({"type": "group", "name": "x"}), "participantIds"),
        (
            "POST",
            "/api/conversations",
            json!({"type": "group", "name": "x", "participantIds": "x"}),
            "participantIds",
        ),
        (
            "POST",
            "/api/conversations",
            json!({"type": "group", "name": "x", "participantIds": [5]}),
            "participantIds",
        ),
        ("PATCH", "/api/conversations/:c", json!({"name": operator}), "name"),
        ("POST", "/api/conversations/:c/participants", json!({"participantIds": operator}), "participantIds"),
        ("PUT", "/api/conversations/:c/participants/:u/role", json!({"role": "owner"}), "role"),
        ("PUT", "/api/conversations/:c/participants/:u/role", json!({"role": 5}), "role"),
        ("POST", "/api/conversations/:c/messages", json!({"text": operator}), "text"),
        ("POST", "/api/conversations/:c/messages", json!({"text": "x", "media": {}}), "media"),
        ("POST", "/api/conversations/:c/messages", json!({"text": "x", "replyTo": 5}), "replyTo"),
        ("POST", "/api/conversations/:c/messages", json!({"text": "x", "messageType": "x"}), "messageType"),
        (
            "POST",
            "/api/conversations/:c/messages",
            json!({"text": "x", "clientMessageId": "x".repeat(65)}),
            "clientMessageId",
        ),
        ("POST", "/api/conversations/:c/read", json!({"messageIds": operator}), "messageIds"),
        ("POST", "/api/conversations/:c/read", json!({"messageIds": [null]}), "messageIds"),
        ("POST", "/api/conversations/:c/read", json!({"messageIds": many}), "messageIds"),
        ("PATCH", "/api/messages/:m", json!({"text": []}), "text"),
        ("POST", "/api/sync", json!({"cursors": operator}), "cursors"),
        ("POST", "/api/sync", cursor(operator.clone(), json!(1)), "cursors.conversationId"),
        ("POST", "/api/sync", cursor(json!("x"), json!(-1)), "cursors.rev"),
        ("POST", "/api/sync", json!({"cursors": [], "limit": 301}), "limit"),
        ("POST", "/api/activity", entry("kind", json!(5)), "kind"),
        ("POST", "/api/activity", entry("kind", json!(" ")), "kind"),
        ("POST", "/api/activity", entry("kind", json!("x".repeat(65))), "kind"),
        ("POST", "/api/activity", entry("reference", operator.clone()), "reference"),
        ("POST", "/api/activity", entry("reference", json!("")), "reference"),
        ("POST", "/api/activity", entry("details", json!("x")), "details"),
        ("POST", "/api/activity", entry("details", json!([])), "details"),
        ("POST", "/api/activity", entry("details", json!({"x": "x".repeat(4096)})), "details"),
    ];
    let server = Server::new();
    for (method, template, body, field) in faulty {
        let got = server.send(method, &path(template), &body).await;
        let text = got.refused(400, "VALIDATION");
        assert!(text.starts_with(&format!("Invalid payload: {field}: ")), "{template} {body}: {text}");
        assert_eq!(got.json()["details"]["field"], field);
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn faulty_parameters_are_named() {
    let lists = [
        "/api/users",
        "/api/users/blocked",
        "/api/conversations",
        "/api/messages/search?q=x",
        "/api/conversations/:c/messages",
        "/api/activity",
    ];
    let server = Server::new();
    for list in lists {
        for limit in ["x", "0", "101", "-1", "1.5", "1&limit=2", "%7B%22$ne%22:null%7D"] {
            let join = if list.contains('?') { '&' } else { '?' };
            let got = server.get(&format!("{}{join}limit={limit}", path(list))).await;
            let text = got.refused(400, "VALIDATION");
            assert!(text.starts_with("Invalid payload: limit: "), "{list} {limit}: {text}");
        }
    }
    let many = vec![OTHER_TEXT; 101].join(",");
    for (query, field) in [
        ("/api/conversations/:c/messages?before=x", "before"),
        ("/api/conversations/:c/messages?after=-1", "after"),
        ("/api/conversations/:c/messages?around=1.5", "around"),
        ("/api/conversations/:c/messages?before=99999999999999999999999", "before"),
        ("/api/conversations/:c/messages?before[$ne]=1&before=x", "before"),
        ("/api/conversations/:c/messages?before=1&after=2", "before"),
        ("/api/conversations/:c/messages?cursor=rubbish", "cursor"),
        ("/api/conversations/:c/messages?cursor=b18446744073709551615", "cursor"),
        ("/api/messages/search", "q"),
        ("/api/messages/search?q=", "q"),
        ("/api/messages/search?q=%20", "q"),
        ("/api/messages/search?q[$ne]=x", "q"),
        ("/api/messages/search?q=a&q=b", "q"),
        ("/api/presence", "userIds"),
        (&format!("/api/presence?userIds={many}"), "userIds"),
    ] {
        let text = server.get(&path(query)).await.refused(400, "VALIDATION");
        assert!(text.starts_with(&format!("Invalid payload: {field}: ")), "{query}: {text}");
    }
    let long = "x".repeat(65);
    for (template, body) in [
        ("/api/conversations/:c/messages", r#"{"text":"x"}"#),
        ("/api/activity", r#"{"kind":"x","reference":"x"}"#),
    ] {
        for key in ["", &long, "é"] {
            let got = server.call("POST", &path(template), body, &[("Idempotency-Key", key)]).await;
            assert!(got.refused(400, "VALIDATION").starts_with("Invalid payload: Idempotency-Key: "));
        }
    }
    assert_eq!(server.commands(), []);
}

#[tokio::test]
async fn what_is_no_utf8_names_nothing() {
    let server = Server::new();
    for (method, path) in [
        ("GET", "/api/users/%E2%82"),
        ("DELETE", "/api/conversations/%FF"),
        ("PUT", "/api/messages/x/reactions/%E2%82"),
    ] {
        server.call(method, path, "", &[]).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(server.commands(), []);
}
