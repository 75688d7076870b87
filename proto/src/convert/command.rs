//! Commands.

use natter_domain::command::*;

use crate::error::DecodeError;
use crate::generated as proto;
use crate::wire::{choice, message, record};

choice! {
    Command in command {
        Register, LogIn, RefreshSession, LogOut, CheckSessions, ListRevocations, GetMe, UpdateMe,
        GetProfile, SearchProfiles, SetBlock, ListBlocked, ListContacts, ListVisible, RecordLastSeen,
        RecordMedia, RecordActivity, ListActivity, PutUser, AdmitUser,
        OpenDirect, CreateGroup, ListConversations, GetConversation, RenameConversation,
        SetConversationPhoto, DeleteConversation, AddParticipants, RemoveParticipant,
        SetParticipantRole,
        JoinConversation, ReadChanges, ReadHeads, SendMessages, EditMessage, DeleteMessage,
        ReactToMessage, GetMessage, ListMessages, SearchMessages, Sync,
        MarkRead, MarkMessageRead, DeliverPending, ListReceipts,
        ReportSockets, WithdrawGateway, GetPresence, WhoIsConnected,
    }
}

record! {
    Register { id, username, email, password, name }
    LogIn { identifier, password }
    RefreshSession { refresh_token }
    LogOut { bearer, everywhere }
    CheckSessions { bearers }
    ListRevocations { since }
    GetMe { user }
    UpdateMe { user, change }
    GetProfile { viewer, user }
    SearchProfiles { viewer, prefix, page }
    SetBlock { blocker, blocked, block }
    ListBlocked { user, page }
    ListContacts { user, after }
    ListVisible { viewer, users }
    RecordLastSeen { user, at }
    RecordMedia { record }
    RecordActivity { entry }
    ListActivity { user, page }
    PutUser { user, change, password }
    AdmitUser { user, said }

    OpenDirect { user, other }
    CreateGroup { id, user, name, participants }
    ListConversations { user, page }
    GetConversation { user, conversation }
    RenameConversation { user, conversation, name }
    SetConversationPhoto { user, conversation, photo }
    DeleteConversation { user, conversation }
    AddParticipants { user, conversation, participants }
    RemoveParticipant { user, conversation, participant }
    SetParticipantRole { user, conversation, participant, role }

    JoinConversation { user, conversation }
    ReadChanges { conversation, after_rev, limit }
    ReadHeads { conversations }
    SendMessages { conversation, sender, messages, audio_allowed, group_only }
    Outgoing { id, draft }
    EditMessage { user, message, text }
    DeleteMessage { user, message }
    ReactToMessage { user, message, emoji, remove }
    GetMessage { user, message }
    ListMessages { user, conversation, window, limit }
    SearchMessages { user, query, conversation, page }
    SyncCursor { conversation, rev }
    Sync { user, cursors, limit }

    MarkRead { user, conversation, messages }
    MarkMessageRead { user, message }
    DeliverPending { users }
    ListReceipts { user, conversation }

    ReportSockets { gateway, sockets }
    WithdrawGateway { gateway }
    GetPresence { viewer, users }
    WhoIsConnected { users }
}

message! {
    Window as proto::Window:
        |it| {
            use proto::window::Kind;
            let kind = match it {
                Self::Latest => Kind::Latest(proto::Nothing {}),
                Self::Before(seq) => Kind::Before(*seq),
                Self::After(seq) => Kind::After(*seq),
                Self::Around(seq) => Kind::Around(*seq),
            };
            proto::Window { kind: Some(kind) }
        },
        |proto| {
            use proto::window::Kind;
            match proto.kind {
                Some(Kind::Latest(proto::Nothing {})) => Ok(Self::Latest),
                Some(Kind::Before(seq)) => Ok(Self::Before(seq)),
                Some(Kind::After(seq)) => Ok(Self::After(seq)),
                Some(Kind::Around(seq)) => Ok(Self::Around(seq)),
                None => Err(DecodeError::UnknownVariant { of: "Window" }),
            }
        };
}
