//! What clients ask in all dialects alike, but for the event's name.

use natter_domain::command::{MAX_SYNC_CURSORS, SyncCursor};
use natter_domain::rejection::MAX_CATCH_UP;
use natter_domain::{ConversationId, MessageId, Rejection, UserId};
use serde_json::Value;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};

use super::object::{Field, string};
use super::payload::{Asked, Fields, MAX_PRESENCE_USERS, number};

object! {
    /// A conversation to join.
    Join as "Join" {
        /// Which.
        conversation: ConversationId = "conversationId",
        /// The `rev` up to which the client knows it: what changed after it comes first.
        after_rev: Option<u64> = "afterRev",
    }
}

object! {
    /// A conversation.
    InConversation as "InConversation" {
        /// Which.
        conversation: ConversationId = "conversationId",
    }
}

object! {
    /// A message.
    OfMessage as "OfMessage" {
        /// Which.
        message: MessageId = "messageId",
    }
}

object! {
    /// An emoji to set to a message, or to take back.
    React as "React" {
        /// Which message.
        message: MessageId = "messageId",
        /// At most 16 code points.
        emoji: String = "emoji",
        /// Whether it is taken back.
        remove: bool = "remove",
    }
}

object! {
    /// Who is asked about.
    GetPresence as "GetPresence" {
        /// At most 100.
        users: Asked<UserId> = "userIds",
    }
}

object! {
    /// How far the client knows which conversations.
    SyncRequest as "SyncRequest" {
        /// One a conversation.
        cursors: Asked<SyncCursor> = "cursors",
        /// Changes a conversation, at the most.
        limit: Limit = "limit",
    }
}

object! {
    /// A new token of the same user.
    RefreshSession as "RefreshSession" {
        /// The token.
        token: String = "token",
    }
}

/// Some of many ids may be none: each is answered as what does not exist.
fn any_id() -> ObjectBuilder {
    string().description(Some("An id; what is none is answered as one that does not exist."))
}

impl Field for Asked<UserId> {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let ids = fields.ids(name, MAX_PRESENCE_USERS, str::to_owned)?;
        Ok(Self::sorted(ids.into_iter(), |id| id.parse().map_err(|_| id)))
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(any_id()).max_items(Some(MAX_PRESENCE_USERS)).into()
    }
}

impl Field for Asked<SyncCursor> {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let cursors = fields.list(name, MAX_SYNC_CURSORS)?;
        let cursors = cursors.ok_or_else(|| Rejection::invalid(name, "is required"))?;
        let cursors = cursors.iter().map(sync_cursor).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::sorted(cursors.into_iter(), |(id, rev)| match id.parse() {
            Ok(conversation) => Ok(SyncCursor { conversation, rev }),
            Err(_) => Err(id),
        }))
    }

    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("conversationId", any_id())
            .required("conversationId")
            .property("rev", <u64 as Field>::schema())
            .required("rev");
        ArrayBuilder::new().items(cursor).max_items(Some(MAX_SYNC_CURSORS)).into()
    }
}

fn sync_cursor(value: &Value) -> Result<(String, u64), Rejection> {
    let Value::Object(cursor) = value else {
        return Err(Rejection::invalid("cursors", "must be a list of objects"));
    };
    let Some(Value::String(conversation)) = cursor.get("conversationId") else {
        return Err(Rejection::invalid("cursors.conversationId", "must be a string"));
    };
    let rev = cursor.get("rev").filter(|rev| !rev.is_null());
    let rev = rev.ok_or_else(|| Rejection::invalid("cursors.rev", "is required"))?;
    Ok((conversation.clone(), number("cursors.rev", rev)?))
}

/// Changes that a sync answers of each conversation.
pub(crate) struct Limit(pub(crate) u32);

impl Limit {
    const DEFAULT: u32 = 100;
}

impl Field for Limit {
    const REQUIRED: bool = false;

    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let most = MAX_CATCH_UP as u64;
        match fields.optional_number(name)? {
            None => Ok(Self(Self::DEFAULT)),
            Some(limit) if (1..=most).contains(&limit) => Ok(Self(limit as u32)),
            Some(_) => Err(Rejection::invalid(name, format!("must be from 1 to {most}"))),
        }
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_CATCH_UP))
            .default(Some(Self::DEFAULT.into()))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::payload::FromFields;

    #[test]
    fn cursors_are_checked_one_by_one() {
        let sync = |json: &str| SyncRequest::from_fields(&Fields::parse(json.as_bytes()).unwrap());
        assert!(sync(r#"{"cursors": [{"conversationId": "x", "rev": 2.0}]}"#).is_ok());
        for json in [
            "{}",
            r#"{"cursors": {}}"#,
            r#"{"cursors": [null]}"#,
            r#"{"cursors": [{"conversationId": 1, "rev": 1}]}"#,
            r#"{"cursors": [{"conversationId": "x"}]}"#,
            r#"{"cursors": [{"conversationId": "x", "rev": 1.5}]}"#,
            r#"{"cursors": [], "limit": 0}"#,
        ] {
            assert!(sync(json).is_err(), "{json}");
        }
    }
}
