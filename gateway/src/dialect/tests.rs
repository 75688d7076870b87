//! Every dialect: what it declares is what it sends and answers, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use natter_domain::command::Changes;
use natter_domain::event::ConversationActivity;
use natter_domain::message::{Change, ChangeKind, Head};
use natter_domain::receipt::ReadReceipt;
use natter_domain::{ConversationKind, MessageId};

use super::*;
use crate::samples::{
    CONVERSATION, CONVERSATION_TEXT, ME, MESSAGE, NOW, NOW_TEXT, OTHER, conversation, message, person,
};

/// Everything that may happen in a conversation.
fn conversation_events() -> Vec<ConversationEvent> {
    let user = || Arc::new(person(ME, "Ann"));
    let socket = || "socket".to_owned();
    let changed = |kind| ConversationEvent::Changed(Arc::new(Change { kind, message: message() }));
    vec![
        changed(ChangeKind::Created),
        changed(ChangeKind::Updated),
        changed(ChangeKind::Deleted),
        ConversationEvent::Head(Head { rev: 1, seq: 1 }),
        ConversationEvent::Read(receipt()),
        ConversationEvent::Typing { user: user(), typing: true, socket: socket() },
        ConversationEvent::Typing { user: user(), typing: false, socket: socket() },
        ConversationEvent::Visited { user: user(), came: true, socket: socket() },
        ConversationEvent::Visited { user: user(), came: false, socket: socket() },
        ConversationEvent::PhotoChanged { photo: Some("/media/p".to_owned()), by: ME },
        ConversationEvent::PhotoChanged { photo: None, by: ME },
        ConversationEvent::MemberJoined { user: user(), by: ME },
        ConversationEvent::MemberLeft { user: user(), by: ME },
        ConversationEvent::Deleted,
    ]
}

fn receipt() -> ReadReceipt {
    ReadReceipt {
        conversation: CONVERSATION,
        messages: vec![MessageId::NONE, MESSAGE],
        reader: OTHER,
        at: NOW,
    }
}

/// Everything that may happen to a user.
fn user_events() -> Vec<UserEvent> {
    let ben = || Arc::new(person(OTHER, "Ben"));
    let activity = |kind| {
        UserEvent::ConversationActivity(ConversationActivity {
            conversation: CONVERSATION,
            kind,
            last_message: conversation().last_message.unwrap(),
            head: Head { rev: 2, seq: 1 },
            unread: 1,
            updated_at: NOW,
        })
    };
    vec![
        UserEvent::MessagesDelivered { conversation: CONVERSATION, messages: vec![MESSAGE] },
        UserEvent::MessagesRead(receipt()),
        UserEvent::ConversationCreated(Box::new(conversation())),
        UserEvent::ConversationUpdated(Box::new(conversation())),
        activity(ConversationKind::Direct),
        activity(ConversationKind::Group),
        UserEvent::ConversationRemoved(CONVERSATION),
        UserEvent::ContactOnline(ben()),
        UserEvent::ContactOffline { user: ben(), last_seen: NOW },
    ]
}

/// What the client's events may come to.
fn answers() -> Vec<Answer> {
    let joined =
        Joined { kind: ConversationKind::Group, head: Head { rev: 5, seq: 3 }, partner: None, muted: false };
    let changes = Changes {
        changes: vec![Change { kind: ChangeKind::Created, message: message() }],
        rev: 2,
        has_more: false,
    };
    let part = natter_domain::command::SyncedConversation { conversation: CONVERSATION, changes };
    vec![
        Answer::Done,
        Answer::Joined(joined),
        Answer::Sent(Box::new(message())),
        Answer::SentDirect(Box::new(message())),
        Answer::Changed(Box::new(message())),
        Answer::Presences { users: Vec::new(), malformed: vec!["x".to_owned()] },
        Answer::Synced {
            parts: Synced { conversations: vec![part], removed: vec![CONVERSATION] },
            malformed: Vec::new(),
        },
        Answer::Refreshed { expires_at: NOW },
    ]
}

/// Every frame that the dialect ever sends beside acks and `error`.
fn frames(dialect: &dyn Dialect) -> Vec<Frame> {
    let mut frames = vec![
        dialect.session_ready(ME, "socket", NOW, NOW),
        dialect.session_expiring(NOW),
        dialect.session_expired(SessionEnd::Revoked),
    ];
    for event in conversation_events() {
        frames.extend(dialect.room(CONVERSATION, &event));
        frames.extend(dialect.direct(CONVERSATION, &event));
    }
    frames.extend(user_events().iter().flat_map(|event| dialect.personal(event)));
    frames.extend(answers().iter().flat_map(|answer| dialect.echo(answer)));
    frames
}

fn parsed(frame: &Frame) -> (String, Value) {
    serde_json::from_str(&frame.text()[1..]).unwrap()
}

#[test]
fn what_the_server_sends_is_what_is_declared() {
    for dialect in DIALECTS {
        let sent: BTreeSet<_> = frames(dialect).iter().map(|frame| parsed(frame).0).collect();
        let declared: BTreeSet<_> =
            dialect.server_events().iter().map(|event| event.name.to_owned()).collect();
        assert_eq!(sent, declared, "{}", dialect.name());
    }
}

#[test]
fn events_have_one_declaration_each() {
    for dialect in DIALECTS {
        for names in [
            dialect.client_events().iter().map(|event| event.name).collect::<Vec<_>>(),
            dialect.server_events().iter().map(|event| event.name).collect(),
        ] {
            let distinct: BTreeSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{}", dialect.name());
            assert!(!names.contains(&"error"));
        }
        for event in dialect.client_events() {
            assert!(std::ptr::eq(dialect.client_event(event.name).unwrap(), event));
        }
        for name in ["", "connect", "error", "strokePoint"] {
            assert!(dialect.client_event(name).is_none(), "{name}");
        }
    }
}

/// A payload that has all that an event's description requires, and nothing else.
fn least(schema: &Value) -> Value {
    if let Some(options) = schema["oneOf"].as_array() {
        return least(options.last().unwrap());
    }
    match schema["type"].as_str().unwrap() {
        "string" if schema["pattern"].is_string() => CONVERSATION_TEXT.into(),
        "string" => "x".into(),
        "integer" => 1.into(),
        "array" => Value::Array(Vec::new()),
        "object" => {
            let required =
                schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
            required.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect()
        }
        other => panic!("{other}"),
    }
}

fn read(event: &ClientEvent, value: &Value) -> Result<Request, Rejection> {
    let payload =
        crate::socket::Payload { first: Some(value.to_string().into()), arguments: 1, attachments: 0 };
    (event.read)(&payload)
}

#[test]
fn what_is_described_as_required_is_what_is_required() {
    for dialect in DIALECTS {
        for event in dialect.client_events() {
            let mut schemas = Schemas::new();
            event.payload.describe(dialect.name(), &mut schemas);
            let schema = serde_json::to_value(&schemas.last().unwrap().1).unwrap();
            let whole = least(&schema);
            // Either of two is required there, which no list of names says.
            let told_otherwise = event.name == "edit_message";
            assert!(read(event, &whole).is_ok() != told_otherwise, "{} {whole}", event.name);
            for name in whole.as_object().unwrap().keys() {
                for fault in [Value::Null, serde_json::json!({"$ne": null})] {
                    let mut faulty = whole.clone();
                    faulty[name] = fault;
                    let Err(Rejection::Invalid { field, .. }) = read(event, &faulty) else {
                        panic!("{} {faulty}", event.name)
                    };
                    assert!(&field == name || told_otherwise, "{} {field}", event.name);
                }
            }
        }
    }
}

#[test]
fn no_two_shapes_are_called_alike() {
    let mut schemas = Schemas::new();
    for dialect in DIALECTS {
        let of_clients = dialect.client_events().iter().flat_map(|event| [event.payload, event.ack]);
        let of_server = dialect.server_events().iter().map(|event| event.payload);
        for shape in of_clients.chain(of_server) {
            shape.describe(dialect.name(), &mut schemas);
        }
        dialect.http().describe(dialect.name(), &mut schemas);
    }
    let mut known = std::collections::BTreeMap::new();
    for (name, schema) in schemas {
        let schema = serde_json::to_value(schema).unwrap();
        assert_eq!(known.entry(name.clone()).or_insert_with(|| schema.clone()), &schema, "{name}");
    }
}

#[test]
fn times_are_as_the_contract_says() {
    assert_eq!(wire::json(&wire::Time::from(NOW)), NOW_TEXT);
}
