//! Conversations as stored.

use mongodb::bson::DateTime;
use mongodb::bson::oid::ObjectId;
use natter_domain::conversation::{Conversation, ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::ports::store::NewConversation;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::values::{Id as _, date, long, timestamp};

/// A conversation as stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationDocument {
    #[serde(rename = "_id")]
    pub(crate) id: ObjectId,
    /// Of this conversation, and of none that has its id after it was deleted.
    pub(crate) epoch: ObjectId,
    /// Counts changes of the participants.
    pub(super) version: i64,
    pub(super) kind: String,
    /// Of a direct one: both ids, the lower first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<String>,
    name: Option<String>,
    photo: Option<String>,
    /// In the order in which they joined.
    pub(crate) participants: Vec<ParticipantDocument>,
    created_at: DateTime,
    updated_at: DateTime,
    /// The later of `updated_at` and the latest message, which is written behind.
    pub(super) active_at: DateTime,
}

/// A participant as stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParticipantDocument {
    pub(crate) user_id: ObjectId,
    pub(super) role: String,
    joined_at: DateTime,
    /// The head's when they joined: what is before was not sent to them.
    pub(crate) joined_seq: i64,
}

const DIRECT: &str = "direct";
const GROUP: &str = "group";
const ADMIN: &str = "admin";
const MEMBER: &str = "member";

/// A pair's name for its direct conversation: the same whoever is named first.
pub(super) fn pair(one: UserId, other: UserId) -> String {
    format!("{}{}", one.min(other), one.max(other))
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => ADMIN,
        Role::Member => MEMBER,
    }
}

impl ParticipantDocument {
    pub(super) fn new(participant: &Participant, joined_seq: u64) -> Self {
        Self {
            user_id: participant.user.oid(),
            role: role_name(participant.role).into(),
            joined_at: date(participant.joined_at),
            joined_seq: long(joined_seq),
        }
    }

    pub(super) fn is_admin(&self) -> bool {
        self.role == ADMIN
    }
}

impl TryFrom<ParticipantDocument> for Participant {
    type Error = Fault;

    fn try_from(participant: ParticipantDocument) -> Result<Self, Fault> {
        Ok(Self {
            user: UserId::of(participant.user_id),
            role: match participant.role.as_str() {
                ADMIN => Role::Admin,
                MEMBER => Role::Member,
                _ => return Err(Fault::Malformed("participant")),
            },
            joined_at: timestamp(participant.joined_at),
        })
    }
}

impl ConversationDocument {
    pub(super) fn new(new: &NewConversation) -> Self {
        let (kind, pair) = match (new.kind, new.participants.as_slice()) {
            (ConversationKind::Direct, [one, other]) => (DIRECT, Some(pair(one.user, other.user))),
            (ConversationKind::Direct, _) => (DIRECT, None),
            (ConversationKind::Group, _) => (GROUP, None),
        };
        Self {
            id: new.id.oid(),
            epoch: ObjectId::new(),
            version: 0,
            kind: kind.into(),
            pair,
            name: new.name.clone(),
            photo: new.photo.clone(),
            participants: new.participants.iter().map(|it| ParticipantDocument::new(it, 0)).collect(),
            created_at: date(new.at),
            updated_at: date(new.at),
            active_at: date(new.at),
        }
    }

    pub(super) fn is_group(&self) -> bool {
        self.kind == GROUP
    }

    pub(crate) fn participant(&self, user: UserId) -> Option<&ParticipantDocument> {
        self.participants.iter().find(|participant| participant.user_id == user.oid())
    }
}

impl TryFrom<ConversationDocument> for Conversation {
    type Error = Fault;

    fn try_from(conversation: ConversationDocument) -> Result<Self, Fault> {
        Ok(Self {
            id: ConversationId::of(conversation.id),
            kind: match conversation.kind.as_str() {
                DIRECT => ConversationKind::Direct,
                GROUP => ConversationKind::Group,
                _ => return Err(Fault::Malformed("conversation")),
            },
            name: conversation.name,
            photo: conversation.photo,
            participants: conversation
                .participants
                .into_iter()
                .map(Participant::try_from)
                .collect::<Result<_, _>>()?,
            created_at: timestamp(conversation.created_at),
            updated_at: timestamp(conversation.updated_at),
        })
    }
}
