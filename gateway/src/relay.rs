//! Relayed events: which there are, and what the server makes of their payloads.
//!
//! They belong to no dialect. Pure: who may relay where is the session's to know.

use std::collections::HashSet;
use std::fmt;

use natter_domain::{ConversationId, Rejection, UserId};
use natter_runtime::config::GatewayConfig;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::socket::Payload;

/// The field by which the server says who sent it.
const USER: &str = "userId";
/// The fields that may name the conversation, the first one that is there.
const ROOM: [&str; 2] = ["roomId", "conversationId"];

/// What is said of a payload over the limit.
pub(crate) const TOO_LARGE: &str = "Payload too large";

/// The events that are relayed.
pub(crate) struct Relays {
    names: HashSet<String>,
    max_payload: usize,
}

impl Relays {
    pub(crate) fn new(config: &GatewayConfig) -> Self {
        Self {
            names: config.relay_events.iter().cloned().collect(),
            max_payload: usize::try_from(config.relay_max_payload).unwrap_or(usize::MAX),
        }
    }

    /// Whether events of this name are relayed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The largest payload, in bytes of JSON.
    pub(crate) fn max_payload(&self) -> usize {
        self.max_payload
    }
}

/// Where a payload is to go, and the payload with the sender's id, every other field as it came.
/// Rejections: `Invalid`, `TooLarge`.
pub(crate) fn stamp(
    payload: &Payload,
    user: UserId,
    max: usize,
) -> Result<(ConversationId, String), Rejection> {
    let text = payload.single().ok_or_else(|| Rejection::invalid("payload", "must be one object"))?;
    if text.len() > max {
        return Err(Rejection::TooLarge);
    }
    let Members(members) =
        serde_json::from_str(text).map_err(|_| Rejection::invalid("payload", "must be an object"))?;
    let conversation = conversation(&members)?;
    let mut stamped = format!("{{\"{USER}\":\"{user}\"");
    for (name, value) in members.iter().filter(|(name, _)| name != USER) {
        stamped.push(',');
        stamped.push_str(&serde_json::Value::from(name.as_str()).to_string());
        stamped.push(':');
        stamped.push_str(value.get());
    }
    stamped.push('}');
    Ok((conversation, stamped))
}

fn conversation(members: &[(String, &RawValue)]) -> Result<ConversationId, Rejection> {
    let [room, other] = ROOM;
    // Of a field that is there twice, clients see the last.
    let find = |field: &str| {
        let found = members.iter().rev().find(|(name, _)| name == field);
        found.map(|(_, value)| value.get()).filter(|value| *value != "null")
    };
    let (field, value) = match (find(room), find(other)) {
        (Some(value), _) => (room, value),
        (None, Some(value)) => (other, value),
        (None, None) => return Err(Rejection::invalid(room, "is required")),
    };
    let id: String =
        serde_json::from_str(value).map_err(|_| Rejection::invalid(field, "must be a string"))?;
    Ok(ConversationId::lenient(&id))
}

/// An object's members as they were written, in order. Depth costs no stack.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "65a000000000000000000001";

    fn payload(json: &str) -> Payload {
        Payload { first: Some(json.into()), arguments: 1, attachments: 0 }
    }

    fn stamped(json: &str) -> Result<(ConversationId, String), Rejection> {
        stamp(&payload(json), UserId::NONE, 4096)
    }

    #[test]
    fn the_user_is_set_and_everything_else_is_as_it_came() {
        let none = UserId::NONE;
        for (rest, kept) in [
            (
                r#""color":"r\u00e9d","point":{"y":1.50,"x":[1e3]}"#,
                r#""color":"r\u00e9d","point":{"y":1.50,"x":[1e3]}"#,
            ),
            (r#""userId":"me","b":12345678901234567890,"user\u0049d":7"#, r#""b":12345678901234567890"#),
            (r#""a":null"#, r#""a":null"#),
        ] {
            for field in ROOM {
                let (conversation, json) = stamped(&format!("{{\"{field}\":\"{ID}\", {rest}}}")).unwrap();
                assert_eq!(conversation.to_string(), ID);
                assert_eq!(json, format!("{{\"userId\":\"{none}\",\"{field}\":\"{ID}\",{kept}}}"));
            }
        }
    }

    #[test]
    fn the_conversation_is_the_one_that_clients_see() {
        let other = "65a000000000000000000002";
        let json = format!(r#"{{"roomId":"{other}","conversationId":"{other}","room\u0049d":"{ID}"}}"#);
        assert_eq!(stamped(&json).unwrap().0.to_string(), ID);
        let json = format!(r#"{{"roomId":null,"conversationId":"{ID}"}}"#);
        assert_eq!(stamped(&json).unwrap().0.to_string(), ID);
        assert_eq!(stamped(r#"{"roomId":"*"}"#).unwrap().0, ConversationId::NONE);
    }

    #[test]
    fn what_can_not_be_relayed_says_why() {
        for (json, field) in [
            ("[]", "payload"),
            ("null", "payload"),
            ("7", "payload"),
            ("{}", "roomId"),
            (r#"{"roomId":5}"#, "roomId"),
            (r#"{"conversationId":{"$ne":null}}"#, "conversationId"),
        ] {
            let Err(Rejection::Invalid { field: named, .. }) = stamped(json) else { panic!("{json}") };
            assert_eq!(named, field, "{json}");
        }
        assert!(stamp(&Payload::default(), UserId::NONE, 4096).is_err());
        assert!(stamp(&Payload { attachments: 1, ..payload("{}") }, UserId::NONE, 4096).is_err());
        let large = format!(r#"{{"roomId":"{ID}","x":"{}"}}"#, "x".repeat(4096));
        assert_eq!(stamped(&large), Err(Rejection::TooLarge));
        let deep = format!(r#"{{"roomId":"{ID}","x":{}{}}}"#, "[".repeat(1900), "]".repeat(1900));
        assert!(stamped(&deep).is_ok());
    }
}
