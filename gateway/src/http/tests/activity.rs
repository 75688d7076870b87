//! `/api/activity`: what is asked of the bus, and what is shown of it.

use natter_domain::command::{ListActivity, RecordActivity};
use natter_domain::page::PageRequest;
use natter_domain::{ActivityEntry, ActivityId, Command, Reply, Timestamp};
use serde_json::json;

use super::Server;
use crate::samples::{self, ACTIVITY_TEXT, ME, NOW_TEXT};

#[tokio::test]
async fn what_one_did_is_noted() {
    let shown = json!({
        "_id": ACTIVITY_TEXT, "kind": "meeting", "reference": "abc-123", "details": {"minutes": 5}, "createdAt": NOW_TEXT,
    });
    let body = |details| json!({"kind": "meeting", "reference": " abc-123 ", "details": details});
    for (body, details, key) in [
        (json!({"kind": "meeting", "reference": " abc-123 "}), None, None),
        (body(json!(null)), None, Some("mine")),
        (body(json!({})), Some("{}"), None),
        (body(json!({"b": [1, null], "a": "é"})), Some(r#"{"a":"é","b":[1,null]}"#), None),
    ] {
        let server = Server::new();
        let headers: Vec<_> = key.map(|key| ("Idempotency-Key", key)).into_iter().collect();
        let got = server.call("POST", "/api/activity", body.to_string(), &headers).await;
        assert_eq!(got.data(201), shown);
        let commands = server.commands();
        let [Command::RecordActivity(RecordActivity { entry })] = commands.as_slice() else {
            panic!("{commands:?}")
        };
        assert_ne!(entry.id, ActivityId::NONE);
        let expected = ActivityEntry {
            id: entry.id,
            user: ME,
            kind: "meeting".to_owned(),
            reference: " abc-123 ".to_owned(),
            details: details.map(str::to_owned),
            client_id: key.map(str::to_owned),
            created_at: Timestamp::default(),
        };
        assert_eq!(*entry, expected);
    }
}

#[tokio::test]
async fn it_is_listed_in_pages_and_the_same_in_each_dialect() {
    let plain = ActivityEntry { details: None, ..samples::activity() };
    let server = Server::answering(move |command| match command {
        Command::ListActivity(_) => {
            let items = vec![samples::activity(), plain.clone()];
            Ok(Reply::Activities(natter_domain::Page { items, next: None }))
        }
        _ => samples::reply(command),
    });
    let item = |details| json!({"_id": ACTIVITY_TEXT, "kind": "meeting", "reference": "abc-123", "details": details, "createdAt": NOW_TEXT});
    let expected = json!({"items": [item(json!({"minutes": 5})), item(json!(null))], "nextCursor": null});
    for dialect in ["colon", "snake"] {
        let path = "/api/activity?limit=7&cursor=x";
        assert_eq!(server.call("GET", path, "", &[("X-Dialect", dialect)]).await.data(200), expected);
        assert_eq!(server.get(&format!("{path}&dialect={dialect}")).await.data(200), expected);
    }
    let page = PageRequest { cursor: Some("x".to_owned()), limit: 7 };
    assert_eq!(server.commands(), vec![Command::from(ListActivity { user: ME, page }); 4]);
}
