//! The description of the API against the contract, and against what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Server;
use crate::dialect::{DialectId, wire};
use crate::samples::{self, NOW_TEXT};

/// The contract's table, without what comes from the media service.
const CONTRACT: &str = "
    post /api/auth/register
    post /api/auth/login
    post /api/auth/refresh
    post /api/auth/logout
    get /api/users/me
    patch /api/users/me
    get /api/users/{id}
    get /api/users
    get /api/users/blocked
    put /api/users/{id}/block
    delete /api/users/{id}/block
    get /api/presence
    post /api/conversations
    get /api/conversations
    get /api/conversations/{id}
    patch /api/conversations/{id}
    delete /api/conversations/{id}
    post /api/conversations/{id}/participants
    delete /api/conversations/{id}/participants/{userId}
    put /api/conversations/{id}/participants/{userId}/role
    get /api/conversations/{id}/messages
    post /api/conversations/{id}/messages
    post /api/conversations/{id}/read
    get /api/conversations/{id}/receipts
    get /api/messages/{id}
    patch /api/messages/{id}
    delete /api/messages/{id}
    put /api/messages/{id}/reactions/{emoji}
    delete /api/messages/{id}/reactions/{emoji}
    get /api/messages/search
    post /api/sync
    get /healthz
    get /readyz
    get /metrics
";

const PUBLIC: [&str; 6] =
    ["/api/auth/register", "/api/auth/login", "/api/auth/refresh", "/healthz", "/readyz", "/metrics"];

async fn document() -> Value {
    Server::new().get("/openapi.json").await.json()
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    })
}

#[tokio::test]
async fn it_has_the_contracts_routes_and_no_others() {
    let document = document().await;
    let described: BTreeSet<_> =
        operations(&document).map(|(path, method, _)| format!("{method} {path}")).collect();
    let contract: BTreeSet<_> =
        CONTRACT.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    assert_eq!(described, contract);
}

#[tokio::test]
async fn it_says_what_is_public_and_how_things_fail() {
    let document = document().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(document["security"][0]["accessToken"], Value::Array(vec![]));
    assert_eq!(document["components"]["securitySchemes"]["accessToken"]["scheme"], "bearer");
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].to_string()), "{method} {path}: a name given twice");
        let open = operation["security"][0].as_object().is_some_and(serde_json::Map::is_empty);
        assert_eq!(open, PUBLIC.contains(&path.as_str()), "{method} {path}");
        if path.starts_with("/api/") {
            let failure = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(failure, "#/components/schemas/Failure", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_it_refers_to_is_there() {
    let document = document().await;
    let text = document.to_string();
    let references: BTreeSet<_> =
        text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

/// Checks that a value has exactly the fields that its schema says, all the way down.
#[track_caller]
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return conforms(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let fitting = options.iter().find(|option| (option["type"] == "null") == value.is_null());
        return conforms(document, fitting.unwrap_or_else(|| panic!("{at}: {value}")), value, at);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = schema["type"].as_str().map_or_else(
        || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|allowed| allowed == kind)),
        |allowed| allowed == kind,
    );
    assert!(allowed, "{at}: {value} is no {}", schema["type"]);
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{at}: {value} is none of {values:?}");
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(document, &schema["items"], item, at);
    }
    // Without properties an object is a free one.
    if let (Some(fields), false) = (value.as_object(), schema["properties"].is_null()) {
        for (name, field) in fields {
            let property = &schema["properties"][name];
            assert!(!property.is_null(), "{at}.{name} is not described");
            conforms(document, property, field, &format!("{at}.{name}"));
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required {
            assert!(fields.contains_key(name.as_str().unwrap()), "{at}.{name} is missing");
        }
        let described = schema["properties"].as_object().map_or(0, serde_json::Map::len);
        let optional = described - schema["required"].as_array().map_or(0, Vec::len);
        assert!(optional <= 1, "{at}: of {described} fields {optional} are optional");
    }
}

/// The answers of some routes, by the schema of their status.
#[tokio::test]
async fn answers_are_as_described() {
    let document = document().await;
    let server = Server::new();
    let id = samples::CONVERSATION_TEXT;
    for (method, template, body, status) in [
        ("post", "/api/auth/login", r#"{"email":"x","password":"x"}"#, "200"),
        ("post", "/api/auth/logout", "", "200"),
        ("get", "/api/users/me", "", "200"),
        ("get", "/api/users/{id}", "", "200"),
        ("get", "/api/users", "", "200"),
        ("put", "/api/users/{id}/block", "", "200"),
        ("get", "/api/conversations", "", "200"),
        ("get", "/api/conversations/{id}", "", "200"),
        ("delete", "/api/conversations/{id}", "", "200"),
        ("delete", "/api/conversations/{id}/participants/{userId}", "", "200"),
        ("get", "/api/conversations/{id}/messages", "", "200"),
        ("post", "/api/conversations/{id}/messages", r#"{"text":"x"}"#, "201"),
        ("get", "/api/conversations/{id}/receipts", "", "200"),
        ("delete", "/api/messages/{id}", "", "200"),
        ("get", "/api/presence", "", "200"),
        ("post", "/api/sync", r#"{"cursors":[]}"#, "200"),
        ("get", "/api/messages/search", "", "default"),
    ] {
        let mut path = template.replace("{id}", id).replace("{userId}", id);
        if template == "/api/presence" {
            path += &format!("?userIds={id}");
        }
        let got = server.call(&method.to_uppercase(), &path, body, &[]).await;
        if status != "default" {
            assert_eq!(got.status.as_str(), status, "{method} {path}");
        }
        let schema = &document["paths"][template][method]["responses"][status]["content"]["application/json"]
            ["schema"];
        conforms(&document, schema, &got.json(), template);
    }
}

#[tokio::test]
async fn messages_in_every_state_are_as_described() {
    let document = document().await;
    let dialect = DialectId::named("colon").unwrap().get();
    let mut message = samples::message();
    message.stored.deleted = true;
    message.stored.text = None;
    message.stored.media = Vec::new();
    message.reply_to = None;
    let schema = document.pointer("/components/schemas/Message").unwrap();
    conforms(&document, schema, &dialect.message(&message), "message");
    assert_eq!(wire::text(samples::NOW), NOW_TEXT);
}
