//! Samples of commands.

use natter_domain::command::*;
use natter_domain::message::Draft;
use natter_domain::presence::SocketCount;
use natter_domain::user::ProfileChange;
use natter_domain::{GatewayId, Role};

use super::FILLED;
use super::model::*;

/// Every command, with every optional field set and unset.
pub(super) fn samples() -> Vec<Command> {
    FILLED
        .into_iter()
        .flat_map(|filled| {
            accounts(filled)
                .into_iter()
                .chain(conversations(filled))
                .chain(timelines(filled))
                .chain(presence())
        })
        .collect()
}

fn accounts(filled: bool) -> Vec<Command> {
    let user = user_id(1);
    let image = filled.then(|| "/media/ada.png".to_owned());
    let changes = [None, Some(image)].map(|profile_image| ProfileChange {
        name: text(filled, "Ada"),
        username: text(filled, "ada"),
        profile_image,
        email: text(filled, "ada@example.org"),
    });
    let mut commands: Vec<Command> = vec![
        Register {
            id: user,
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            password: "correct horse".to_owned(),
            name: text(filled, "Ada"),
        }
        .into(),
        LogIn { identifier: "ada".to_owned(), password: "correct horse".to_owned() }.into(),
        RefreshSession { refresh_token: "token".to_owned() }.into(),
        LogOut { bearer: bearer(filled), everywhere: filled }.into(),
        CheckSessions { bearers: vec![bearer(filled), bearer(!filled)] }.into(),
        ListRevocations { since: at(1) }.into(),
        GetMe { user }.into(),
        GetProfile { viewer: user, user: user_id(2) }.into(),
        SearchProfiles { viewer: user, prefix: "ad".to_owned(), page: page_request(filled) }.into(),
        SetBlock { blocker: user, blocked: user_id(2), block: filled }.into(),
        ListBlocked { user, page: page_request(filled) }.into(),
        ListContacts { user, after: filled.then(|| user_id(3)) }.into(),
        ListVisible { viewer: user, users: vec![user_id(2), user_id(3)] }.into(),
        RecordLastSeen { user, at: at(2) }.into(),
        RecordActivity { entry: activity(filled) }.into(),
        ListActivity { user, page: page_request(filled) }.into(),
    ];
    commands.extend(changes.clone().map(|change| UpdateMe { user, change }.into()));
    let password = text(filled, "correct horse");
    commands
        .extend(changes.clone().map(|change| PutUser { user, change, password: password.clone() }.into()));
    commands.extend(changes.map(|said| AdmitUser { user, said }.into()));
    commands.extend(MEDIA_KINDS.map(|kind| RecordMedia { record: media_record(kind) }.into()));
    commands
}

fn conversations(filled: bool) -> Vec<Command> {
    let (user, conversation) = (user_id(1), conversation_id(4));
    let mut commands: Vec<Command> = vec![
        OpenDirect { user, other: user_id(2) }.into(),
        CreateGroup {
            id: conversation,
            user,
            name: "engines".to_owned(),
            participants: if filled { vec![user_id(2), user_id(3)] } else { Vec::new() },
        }
        .into(),
        ListConversations { user, page: page_request(filled) }.into(),
        GetConversation { user, conversation }.into(),
        RenameConversation { user, conversation, name: "looms".to_owned() }.into(),
        SetConversationPhoto { user, conversation, photo: text(filled, "/media/3.png") }.into(),
        DeleteConversation { user, conversation }.into(),
        AddParticipants { user, conversation, participants: vec![user_id(2)] }.into(),
        RemoveParticipant { user, conversation, participant: user_id(2) }.into(),
        JoinConversation { user, conversation }.into(),
        MarkRead { user, conversation, messages: if filled { vec![message_id(3)] } else { Vec::new() } }
            .into(),
        MarkMessageRead { user, message: message_id(3) }.into(),
        DeliverPending { users: vec![user, user_id(2)] }.into(),
        ListReceipts { user, conversation }.into(),
    ];
    let participant = user_id(2);
    commands.extend(
        [Role::Admin, Role::Member]
            .map(|role| SetParticipantRole { user, conversation, participant, role }.into()),
    );
    commands
}

fn timelines(filled: bool) -> Vec<Command> {
    let (user, conversation, message) = (user_id(1), conversation_id(4), message_id(3));
    let mut commands: Vec<Command> = vec![
        ReadChanges { conversation, after_rev: 5, limit: 300 }.into(),
        ReadHeads { conversations: vec![conversation] }.into(),
        EditMessage { user, message, text: "other".to_owned() }.into(),
        DeleteMessage { user, message }.into(),
        ReactToMessage { user, message, emoji: "👍".to_owned(), remove: filled }.into(),
        GetMessage { user, message }.into(),
        SearchMessages {
            user,
            query: "loom".to_owned(),
            conversation: filled.then_some(conversation),
            page: page_request(filled),
        }
        .into(),
        Sync { user, cursors: vec![SyncCursor { conversation, rev: 6 }], limit: 300 }.into(),
    ];
    commands.extend(
        [Window::Latest, Window::Before(1), Window::After(0), Window::Around(3)]
            .map(|window| ListMessages { user, conversation, window, limit: 50 }.into()),
    );
    commands.extend(MESSAGE_KINDS.map(|kind| {
        let draft = Draft {
            text: text(filled, "hello"),
            media: if filled { media(true) } else { Vec::new() },
            kind: filled.then_some(kind),
            reply_to: filled.then_some(message),
            client_message_id: text(filled, "mine"),
        };
        SendMessages {
            conversation,
            sender: user,
            messages: vec![Outgoing { id: message, draft }],
            audio_allowed: filled,
            group_only: !filled,
        }
        .into()
    }));
    commands
}

fn presence() -> Vec<Command> {
    let gateway = GatewayId::from_bytes([9; 12]);
    vec![
        ReportSockets { gateway, sockets: vec![SocketCount { user: user_id(1), sockets: 2 }] }.into(),
        ReportSockets { gateway, sockets: Vec::new() }.into(),
        WithdrawGateway { gateway }.into(),
        GetPresence { viewer: user_id(1), users: vec![user_id(2)] }.into(),
        WhoIsConnected { users: vec![user_id(1), user_id(2)] }.into(),
    ]
}
