//! Conversations. How a dialect names people and kinds is in its latest message, `L`.

use natter_domain::conversation::LastMessage;
use natter_domain::event::ConversationActivity;
use natter_domain::{ConversationKind, ConversationView, Role};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Object, OneOfBuilder, Ref, RefOr, Schema, Type};

use super::{Id, Time};

/// A conversation as one of its participants sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation<L> {
    #[serde(rename = "_id")]
    id: Id,
    #[serde(rename = "type")]
    kind: ConversationType,
    /// Of a group.
    #[schema(required)]
    name: Option<String>,
    /// URL.
    #[schema(required)]
    group_image: Option<String>,
    /// In the order in which they joined.
    participants: Vec<Participant>,
    /// Of a group: the admin who has been there longest.
    #[schema(required)]
    admin: Option<Id>,
    #[schema(required, schema_with = nullable::<L>)]
    last_message: Option<L>,
    /// `seq` of the latest message; 0 before the first.
    last_seq: u64,
    /// Of the latest change; 0 before the first.
    rev: u64,
    /// Messages of others that this participant has not read.
    unread_count: u64,
    created_at: Time,
    updated_at: Time,
}

/// A shape or null: utoipa leaves out the null of what is open.
fn nullable<T: ToSchema>() -> RefOr<Schema> {
    let shape = Ref::from_schema_name(T::name());
    OneOfBuilder::new().item(Object::with_type(Type::Null)).item(shape).into()
}

/// What sort of conversation.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConversationType {
    Direct,
    Group,
}

/// Somebody in a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Participant {
    #[serde(rename = "_id")]
    id: Id,
    username: String,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
    role: ParticipantRole,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ParticipantRole {
    Admin,
    Member,
}

impl<L> Conversation<L> {
    pub(crate) fn new(view: &ConversationView, last_message: impl FnOnce(&LastMessage) -> L) -> Self {
        let conversation = &view.conversation;
        let participant = |member: &natter_domain::conversation::Member| Participant {
            id: Id::of(member.user.id),
            username: member.user.username.clone(),
            name: member.user.name.clone(),
            profile_image: member.user.profile_image.clone(),
            role: match member.role {
                Role::Admin => ParticipantRole::Admin,
                Role::Member => ParticipantRole::Member,
            },
        };
        let (kind, admin) = match conversation.kind {
            ConversationKind::Direct => (ConversationType::Direct, None),
            // Clients know one admin: the one who has been there longest.
            ConversationKind::Group => {
                let admin = view.members.iter().find(|member| member.role == Role::Admin);
                (ConversationType::Group, admin)
            }
        };
        Self {
            id: Id::of(conversation.id),
            kind,
            name: conversation.name.clone(),
            group_image: conversation.photo.clone(),
            participants: view.members.iter().map(participant).collect(),
            admin: admin.map(|admin| Id::of(admin.user.id)),
            last_message: view.last_message.as_ref().map(last_message),
            last_seq: view.head.seq,
            rev: view.head.rev,
            unread_count: view.unread,
            created_at: conversation.created_at.into(),
            updated_at: view.updated_at.into(),
        }
    }
}

/// A conversation that is new, or other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<L> {
    pub(crate) conversation: Conversation<L>,
}

/// What a list needs of a conversation with a new message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActiveConversation<L> {
    #[serde(rename = "_id")]
    id: Id,
    last_message: L,
    last_seq: u64,
    rev: u64,
    unread_count: u64,
    updated_at: Time,
}

/// A conversation has a new message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Active<L> {
    conversation: ActiveConversation<L>,
}

impl<L> Active<L> {
    pub(crate) fn new(activity: &ConversationActivity, last_message: impl FnOnce(&LastMessage) -> L) -> Self {
        let conversation = ActiveConversation {
            id: Id::of(activity.conversation),
            last_message: last_message(&activity.last_message),
            last_seq: activity.head.seq,
            rev: activity.head.rev,
            unread_count: activity.unread,
            updated_at: activity.updated_at.into(),
        };
        Self { conversation }
    }
}

/// A conversation is other: all of it, or what a new message changes in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Updated<L> {
    Whole(Listed<L>),
    Activity(Active<L>),
}

/// A conversation that is no longer the user's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GoneConversation {
    pub(crate) conversation_id: Id,
}
