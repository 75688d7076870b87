//! Every event reaches its session, whatever its name and payload.

use futures::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{eventually, probe, raw::Ws};

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_arrive_and_can_be_answered() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    for name in ["no:such:event", "", "disconnect", "a\"b\\c\n", "名前", "__proto__"] {
        ws.send(format!("4212{}", json!([name, {"a": 1}]))).await;
        let (head, answer) = ws.event().await;
        assert_eq!(head, "4312");
        let expected = json!([{"name": name, "first": {"a": 1}, "arguments": 1, "attachments": 0}]);
        assert_eq!(answer, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_that_are_no_object_arrive() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    let cases: [(Value, Option<&str>, usize); 10] = [
        (json!(["x"]), None, 0),
        (json!(["x", null]), Some("null"), 1),
        (json!(["x", []]), Some("[]"), 1),
        (json!(["x", [1, {}]]), Some("[1,{}]"), 1),
        (json!(["x", 1.5]), Some("1.5"), 1),
        (json!(["x", true]), Some("true"), 1),
        (json!(["x", "6543210fedcba9876543210f"]), Some("\"6543210fedcba9876543210f\""), 1),
        (json!(["x", {"$ne": null}]), Some("{\"$ne\":null}"), 1),
        (json!(["x", {}, null]), Some("{}"), 2),
        (json!(["x", 1, 2, 3]), Some("1"), 3),
    ];
    for (event, ..) in &cases {
        ws.send(format!("42{event}")).await;
    }
    eventually("all events", || server.probe.events().len() == cases.len()).await;
    for (seen, (_, first, arguments)) in server.probe.events().into_iter().zip(cases) {
        assert_eq!(seen, ("x".to_owned(), first.map(str::to_owned), arguments, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_attachments_are_counted() {
    let server = probe::start().await;
    let mut ws = Ws::connect(server.address).await;
    ws.send(r#"452-7["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#).await;
    for _ in 0..2 {
        ws.stream.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    }
    let (head, answer) = ws.event().await;
    assert_eq!(head, "437");
    assert_eq!((&answer[0]["arguments"], &answer[0]["attachments"]), (&json!(2), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_find_no_place_are_answered() {
    let config = natter_gateway::socket::SocketConfig { inbox_events: 4, ..Default::default() };
    let server = probe::start_with(config, Default::default(), Default::default()).await;
    let mut ws = Ws::connect(server.address).await;
    ws.send("42[\"wait\"]").await;
    for id in 1..=10 {
        ws.send(format!("42{id}[\"x\"]")).await;
    }
    let mut limited = Vec::new();
    for _ in 0..6 {
        let (head, answer) = ws.event().await;
        assert_eq!(answer, json!([{"success": false, "code": "RATE_LIMITED"}]));
        limited.push(head);
    }
    server.probe.gate.add_permits(1);
    let mut handled = Vec::new();
    while limited.len() + handled.len() < 10 {
        let (head, answer) = ws.event().await;
        if answer[0]["name"] == "x" { handled.push(head) } else { limited.push(head) }
    }
    // Whether `wait` took one of the four places depends on when the task took it off.
    assert!((3..=4).contains(&handled.len()), "{handled:?}");
}
