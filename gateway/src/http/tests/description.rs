//! The description of the API against the contract, and against what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Server;
use crate::dialect::DIALECTS;
use crate::samples;

/// The contract's table, without what comes from the media service.
const CONTRACT: &str = "
    post /api/auth/register
    post /api/auth/login
    post /api/auth/refresh
    post /api/auth/logout
    get /api/users/me
    patch /api/users/me
    get /api/users/{id}
    put /api/users/{id}
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
    post /api/activity
    get /api/activity
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

/// Whether a value has exactly the fields that its schema says, all the way down; what is wrong
/// otherwise.
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return conforms(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(options) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let tried = options.iter().map(|option| conforms(document, option, value, at));
        let faults: Vec<_> = tried.filter_map(Result::err).collect();
        return if faults.len() < options.len() { Ok(()) } else { Err(faults.join("; ")) };
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
    if !allowed {
        return Err(format!("{at}: {value} is no {}", schema["type"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{at}: {value} is none of {values:?}"));
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(document, &schema["items"], item, at)?;
    }
    // Without properties an object is a free one.
    if let (Some(fields), false) = (value.as_object(), schema["properties"].is_null()) {
        for (name, field) in fields {
            let property = &schema["properties"][name];
            if property.is_null() {
                return Err(format!("{at}.{name} is not described"));
            }
            conforms(document, property, field, &format!("{at}.{name}"))?;
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{at}.{name} is missing"));
            }
        }
        let described = schema["properties"].as_object().map_or(0, serde_json::Map::len);
        let optional = described - schema["required"].as_array().map_or(0, Vec::len);
        assert!(optional <= 1, "{at}: of {described} fields {optional} are optional");
    }
    Ok(())
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
        ("post", "/api/conversations/{id}/messages", r#"{"text":"x","content":"x"}"#, "201"),
        ("get", "/api/conversations/{id}/receipts", "", "200"),
        ("delete", "/api/messages/{id}", "", "200"),
        ("get", "/api/presence", "", "200"),
        ("post", "/api/sync", r#"{"cursors":[]}"#, "200"),
        ("post", "/api/activity", r#"{"kind":"x","reference":"x"}"#, "201"),
        ("get", "/api/activity", "", "200"),
        ("get", "/api/messages/search", "", "default"),
    ] {
        let mut path = template.replace("{id}", id).replace("{userId}", id);
        if template == "/api/presence" {
            path += &format!("?userIds={id}");
        }
        for dialect in DIALECTS {
            let headers = [("x-dialect", dialect.name())];
            let got = server.call(&method.to_uppercase(), &path, body, &headers).await;
            if status != "default" {
                assert_eq!(got.status.as_str(), status, "{method} {path}");
            }
            let responses = &document["paths"][template][method]["responses"];
            let schema = &responses[status]["content"]["application/json"]["schema"];
            conforms(&document, schema, &got.json(), template).unwrap();
        }
    }
}

#[tokio::test]
async fn messages_in_every_state_are_as_described() {
    let document = document().await;
    let schema = document.pointer("/components/schemas/Message").unwrap();
    let mut message = samples::message();
    message.stored.deleted = true;
    message.stored.text = None;
    message.stored.media = Vec::new();
    message.reply_to = None;
    for dialect in DIALECTS {
        conforms(&document, schema, &dialect.message(&message), "message").unwrap();
    }
}

/// Routes whose answers or requests differ by dialect.
#[tokio::test]
async fn routes_that_mind_the_dialect_say_how_it_is_named() {
    let document = document().await;
    let names: Vec<_> = DIALECTS.iter().map(|dialect| dialect.name()).collect();
    for (path, method, operation) in operations(&document) {
        let text = operation.to_string();
        let minds = ["Message", "Conversation"].iter().any(|shape| {
            text.contains(&format!("schemas/Success_{shape}"))
                || text.contains(&format!("schemas/Success_List_{shape}"))
        });
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for (name, place) in [("X-Dialect", "header"), ("dialect", "query")] {
            let found =
                parameters.iter().find(|parameter| parameter["name"] == name && parameter["in"] == place);
            assert!(found.is_some() || !minds, "{method} {path}: {name}");
            if let Some(found) = found {
                assert_eq!(found["schema"]["enum"], serde_json::json!(names), "{method} {path}");
            }
        }
    }
}
