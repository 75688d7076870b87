//! Each route: which command it has carried out, and what it shows of the reply.

use natter_domain::command::*;
use natter_domain::message::Draft;
use natter_domain::page::PageRequest;
use natter_domain::session::Bearer;
use natter_domain::user::ProfileChange;
use natter_domain::{Command, ConversationId, MessageId, Rejection, Reply, Role, UserId};
use serde_json::{Value, json};

use super::{Got, Server};
use crate::samples::{
    self, CONVERSATION, CONVERSATION_TEXT, ME, ME_TEXT, MESSAGE, MESSAGE_TEXT, NOW_TEXT, OTHER, OTHER_TEXT,
};

/// Makes a request, `null` for no body, and checks the one command that comes of it.
async fn check(method: &str, path: &str, body: Value, expected: impl Into<Command>) -> Got {
    let server = Server::new();
    let got = match &body {
        Value::Null => server.call(method, path, "", &[]).await,
        body => server.send(method, path, body).await,
    };
    assert_eq!(server.commands(), [expected.into()], "{method} {path}: {}", got.json());
    got
}

fn me() -> Value {
    json!({"_id": ME_TEXT, "username": "ann", "email": "ann@example.org", "name": "Ann", "profileImage": null, "createdAt": NOW_TEXT})
}

fn other(online: bool) -> Value {
    json!({"_id": OTHER_TEXT, "username": "ben", "name": "Ben", "profileImage": null, "isOnline": online, "lastSeen": NOW_TEXT})
}

fn first_page() -> PageRequest {
    PageRequest { cursor: None, limit: 50 }
}

#[tokio::test]
async fn accounts_and_sessions() {
    let signed_in =
        json!({"user": me(), "accessToken": "access", "refreshToken": "refresh", "expiresIn": 600});
    let body = json!({"username": "ann", "email": "ann@example.org", "password": "12345678"});
    let server = Server::new();
    assert_eq!(server.send("POST", "/api/auth/register", &body).await.data(201), signed_in);
    let commands = server.commands();
    let [Command::Register(Register { id, username, email, password, name: None })] = commands.as_slice()
    else {
        panic!("{commands:?}")
    };
    assert_ne!(*id, UserId::NONE);
    assert_eq!([&**username, email, password], ["ann", "ann@example.org", "12345678"]);
    for body in [json!({"email": "ann", "password": "x"}), json!({"username": "ann", "password": "x"})] {
        let log_in = LogIn { identifier: "ann".to_owned(), password: "x".to_owned() };
        assert_eq!(check("POST", "/api/auth/login", body, log_in).await.data(200), signed_in);
    }
    let refresh = RefreshSession { refresh_token: "old".to_owned() };
    let got = check("POST", "/api/auth/refresh", json!({"refreshToken": "old"}), refresh).await;
    assert_eq!(got.data(200), signed_in);
    assert_eq!(got.header("cache-control"), "no-store");
}

#[tokio::test]
async fn logging_out() {
    for (body, all) in [("", false), ("{}", false), (r#"{"everywhere": true}"#, true)] {
        let server = Server::new();
        server.call("POST", "/api/auth/logout", body, &[]).await.data(200);
        let commands = server.commands();
        let [Command::LogOut(LogOut { bearer: Bearer { user, .. }, everywhere })] = commands.as_slice()
        else {
            panic!("{commands:?}")
        };
        assert_eq!((*user, *everywhere), (ME, all));
    }
}

#[tokio::test]
async fn profiles() {
    assert_eq!(check("GET", "/api/users/me", Value::Null, GetMe { user: ME }).await.data(200), me());
    for (body, change) in [
        (json!({}), ProfileChange::default()),
        (
            json!({"name": "A", "profileImage": null}),
            ProfileChange {
                name: Some("A".to_owned()),
                profile_image: Some(None),
                ..ProfileChange::default()
            },
        ),
        (
            json!({"name": null, "username": "b", "profileImage": "/media/a"}),
            ProfileChange {
                username: Some("b".to_owned()),
                profile_image: Some(Some("/media/a".to_owned())),
                ..ProfileChange::default()
            },
        ),
    ] {
        assert_eq!(
            check("PATCH", "/api/users/me", body, UpdateMe { user: ME, change }).await.data(200),
            me()
        );
    }
    let server = Server::new();
    assert_eq!(server.get(&format!("/api/users/{OTHER_TEXT}")).await.data(200), other(true));
    assert_eq!(server.commands().len(), 2);
    let found = server.get("/api/users?search=b%20e&limit=7&cursor=x").await.data(200);
    assert_eq!(found, json!({"items": [other(true)], "nextCursor": "b1"}));
    let page = PageRequest { cursor: Some("x".to_owned()), limit: 7 };
    let search = SearchProfiles { viewer: ME, prefix: "b e".to_owned(), page };
    assert_eq!(server.commands(), [search.into(), GetPresence { viewer: ME, users: vec![OTHER] }.into()]);
}

#[tokio::test]
async fn users_of_another_login_service() {
    for (body, change, password) in [
        (json!({}), ProfileChange::default(), None),
        (
            json!({"username": "b", "name": "B", "email": "b@c.d", "profileImage": "/media/a", "password": "12345678"}),
            ProfileChange {
                username: Some("b".to_owned()),
                name: Some("B".to_owned()),
                email: Some("b@c.d".to_owned()),
                profile_image: Some(Some("/media/a".to_owned())),
            },
            Some("12345678".to_owned()),
        ),
        (
            json!({"name": null, "email": null, "profileImage": null, "password": null}),
            ProfileChange {
                email: Some(String::new()),
                profile_image: Some(None),
                ..ProfileChange::default()
            },
            None,
        ),
    ] {
        let put = PutUser { user: OTHER, change, password };
        assert_eq!(check("PUT", &format!("/api/users/{OTHER_TEXT}"), body, put).await.data(200), me());
    }
}

#[tokio::test]
async fn profiles_are_shown_without_presence_where_it_cannot_be_had() {
    let server = Server::answering(|command| match command {
        Command::GetPresence(_) => Err(Rejection::Unavailable),
        _ => samples::reply(command),
    });
    assert_eq!(server.get(&format!("/api/users/{OTHER_TEXT}")).await.data(200), other(false));
    assert_eq!(server.get("/api/users").await.data(200)["items"], json!([other(false)]));
}

#[tokio::test]
async fn blocks() {
    let page = PageRequest { cursor: None, limit: 100 };
    let got = check("GET", "/api/users/blocked?limit=100", Value::Null, ListBlocked { user: ME, page }).await;
    assert_eq!(got.data(200), json!({"items": [other(false)], "nextCursor": "b1"}));
    for (method, block) in [("PUT", true), ("DELETE", false)] {
        let set = SetBlock { blocker: ME, blocked: OTHER, block };
        let got = check(method, &format!("/api/users/{OTHER_TEXT}/block"), Value::Null, set).await;
        assert_eq!(got.data(200), json!({"userId": OTHER_TEXT, "blocked": block}));
    }
}

#[tokio::test]
async fn presence() {
    let get = GetPresence { viewer: ME, users: vec![OTHER] };
    let got = check("GET", &format!("/api/presence?userIds={OTHER_TEXT},x"), Value::Null, get).await;
    let users = &got.data(200)["users"];
    assert_eq!(users[0], json!({"userId": OTHER_TEXT, "status": "online", "lastSeen": NOW_TEXT}));
    assert_eq!(users[1], json!({"userId": "x", "status": "offline", "lastSeen": null}));
    check("GET", "/api/presence?userIds=", Value::Null, GetPresence { viewer: ME, users: vec![] }).await;
}

#[tokio::test]
async fn conversations() {
    let path = format!("/api/conversations/{CONVERSATION_TEXT}");
    let body = json!({"type": "direct", "participantId": OTHER_TEXT});
    let got = check("POST", "/api/conversations", body, OpenDirect { user: ME, other: OTHER }).await;
    let shown = got.data(201);
    assert_eq!((&shown["_id"], &shown["type"]), (&json!(CONVERSATION_TEXT), &json!("group")));
    let got =
        check("GET", "/api/conversations", Value::Null, ListConversations { user: ME, page: first_page() })
            .await;
    assert_eq!(got.data(200), json!({"items": [shown], "nextCursor": "b1"}));
    let get = GetConversation { user: ME, conversation: CONVERSATION };
    assert_eq!(check("GET", &path, Value::Null, get).await.data(200), shown);
    let rename = RenameConversation { user: ME, conversation: CONVERSATION, name: "x".to_owned() };
    assert_eq!(check("PATCH", &path, json!({"name": "x"}), rename).await.data(200), shown);
    let delete = DeleteConversation { user: ME, conversation: CONVERSATION };
    let got = check("DELETE", &path, Value::Null, delete).await;
    assert_eq!(got.data(200), json!({"conversationId": CONVERSATION_TEXT}));
}

#[tokio::test]
async fn an_open_direct_conversation_is_found() {
    let server = Server::answering(|command| match command {
        Command::OpenDirect(_) => {
            Ok(Reply::Opened(Opened { conversation: samples::conversation(), created: false }))
        }
        _ => samples::reply(command),
    });
    server
        .send("POST", "/api/conversations", &json!({"type": "direct", "participantId": "x"}))
        .await
        .data(200);
    assert_eq!(server.commands(), [OpenDirect { user: ME, other: UserId::NONE }.into()]);
}

#[tokio::test]
async fn groups() {
    let server = Server::new();
    let body =
        json!({"type": "group", "name": "Friends", "participantIds": [OTHER_TEXT, ME_TEXT, OTHER_TEXT]});
    server.send("POST", "/api/conversations", &body).await.data(201);
    let commands = server.commands();
    let [Command::CreateGroup(CreateGroup { id, user: ME, name, participants })] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert!(*id != ConversationId::NONE && name == "Friends");
    assert_eq!(participants, &[OTHER, ME, OTHER]);

    let path = format!("/api/conversations/{CONVERSATION_TEXT}/participants");
    let add = AddParticipants { user: ME, conversation: CONVERSATION, participants: vec![OTHER] };
    check("POST", &path, json!({"participantIds": [OTHER_TEXT]}), add).await.data(200);
    let remove = RemoveParticipant { user: ME, conversation: CONVERSATION, participant: OTHER };
    let got = check("DELETE", &format!("{path}/{OTHER_TEXT}"), Value::Null, remove).await;
    assert_eq!(got.data(200), json!({"conversationId": CONVERSATION_TEXT, "userId": OTHER_TEXT}));
    for (name, role) in [("admin", Role::Admin), ("member", Role::Member)] {
        let set = SetParticipantRole { user: ME, conversation: CONVERSATION, participant: OTHER, role };
        check("PUT", &format!("{path}/{OTHER_TEXT}/role"), json!({"role": name}), set).await.data(200);
    }
}

#[tokio::test]
async fn history() {
    for (query, window, limit) in [
        ("", Window::Latest, 50),
        ("?before=9&limit=5", Window::Before(9), 5),
        ("?after=0", Window::After(0), 50),
        ("?around=3&limit=100", Window::Around(3), 100),
        ("?after=0&cursor=a40", Window::After(40), 50),
        ("?cursor=b7", Window::Before(7), 50),
    ] {
        let list = ListMessages { user: ME, conversation: CONVERSATION, window, limit };
        let path = format!("/api/conversations/{CONVERSATION_TEXT}/messages{query}");
        let got = check("GET", &path, Value::Null, list).await;
        assert_eq!(got.data(200)["items"][0]["_id"], MESSAGE_TEXT);
    }
    let search = SearchMessages {
        user: ME,
        query: "a b".to_owned(),
        conversation: Some(CONVERSATION),
        page: first_page(),
    };
    let path = format!("/api/messages/search?q=a+b&conversationId={CONVERSATION_TEXT}");
    check("GET", &path, Value::Null, search).await.data(200);
}

#[tokio::test]
async fn sending() {
    let path = format!("/api/conversations/{CONVERSATION_TEXT}/messages");
    for (body, key, name) in [
        (json!({"text": "hello"}), None, None),
        (json!({"text": "hello"}), Some("a key"), Some("a key")),
        (json!({"text": "hello", "clientMessageId": "mine"}), Some("a key"), Some("mine")),
    ] {
        let server = Server::new();
        let headers: Vec<_> = key.map(|key| ("Idempotency-Key", key)).into_iter().collect();
        let sent = server.call("POST", &path, body.to_string(), &headers).await.data(201);
        assert_eq!(
            (&sent["_id"], &sent["seq"], &sent["text"]),
            (&json!(MESSAGE_TEXT), &json!(1), &json!("hello"))
        );
        let mut commands = server.commands();
        let Some(Command::SendMessages(send)) = commands.pop() else { panic!() };
        let id = send.messages[0].id;
        assert_ne!(id, MessageId::NONE);
        let draft = Draft {
            text: Some("hello".to_owned()),
            media: vec![],
            kind: None,
            reply_to: None,
            client_message_id: name.map(str::to_owned),
        };
        let expected = SendMessages {
            conversation: CONVERSATION,
            sender: ME,
            messages: vec![Outgoing { id, draft }],
            audio_allowed: false,
            group_only: false,
        };
        assert_eq!(send, expected);
    }
}

#[tokio::test]
async fn messages_and_reactions() {
    let path = format!("/api/messages/{MESSAGE_TEXT}");
    let get = GetMessage { user: ME, message: MESSAGE };
    let shown = check("GET", &path, Value::Null, get).await.data(200);
    let edit = EditMessage { user: ME, message: MESSAGE, text: " x ".to_owned() };
    assert_eq!(check("PATCH", &path, json!({"text": " x "}), edit).await.data(200), shown);
    let got = check("DELETE", &path, Value::Null, DeleteMessage { user: ME, message: MESSAGE }).await;
    let gone = json!({"messageId": MESSAGE_TEXT, "conversationId": CONVERSATION_TEXT, "rev": 2});
    assert_eq!(got.data(200), gone);
    for (method, remove) in [("PUT", false), ("DELETE", true)] {
        let react = ReactToMessage { user: ME, message: MESSAGE, emoji: "❤️/".to_owned(), remove };
        let got = check(method, &format!("{path}/reactions/%E2%9D%A4%EF%B8%8F%2F"), Value::Null, react).await;
        assert_eq!(got.data(200), shown);
    }
}

#[tokio::test]
async fn receipts_and_sync() {
    let path = format!("/api/conversations/{CONVERSATION_TEXT}");
    for ids in [vec![], vec![MESSAGE_TEXT]] {
        let messages = ids.iter().map(|id| MessageId::lenient(id)).collect();
        let mark = MarkRead { user: ME, conversation: CONVERSATION, messages };
        let got = check("POST", &format!("{path}/read"), json!({"messageIds": ids}), mark).await;
        assert_eq!(got.data(200), json!({}));
    }
    let list = ListReceipts { user: ME, conversation: CONVERSATION };
    let got = check("GET", &format!("{path}/receipts"), Value::Null, list).await;
    let receipt = json!({"userId": OTHER_TEXT, "deliveredSeq": 2, "readSeq": 1, "readAt": NOW_TEXT});
    assert_eq!(got.data(200), json!([receipt]));

    let cursors = vec![SyncCursor { conversation: CONVERSATION, rev: 1 }];
    let body = json!({"cursors": [{"conversationId": CONVERSATION_TEXT, "rev": 1}], "limit": 7});
    let data = check("POST", "/api/sync", body, Sync { user: ME, cursors, limit: 7 }).await.data(200);
    let conversation = &data["conversations"][0];
    assert_eq!((&conversation["rev"], &conversation["hasMore"]), (&json!(2), &json!(false)));
    assert_eq!(conversation["changes"][0]["_id"], MESSAGE_TEXT);
    assert_eq!(data["removed"], json!(["000000000000000000000000"]));
}
