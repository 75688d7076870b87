//! Events of clients, taken apart no further than needed: the JSON inside is the dialect's to judge.

use std::fmt;

use serde::{
    Deserialize, Serialize,
    de::{Deserializer, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{SendError, Socket, frame};

/// An event that a client sent.
#[derive(Debug)]
pub struct IncomingEvent {
    /// Its name, whatever the client wrote: known or not, up to
    /// [`max_payload`](super::SocketConfig::max_payload) long.
    pub name: String,
    /// Its arguments.
    pub payload: Payload,
    /// Present where the client waits for an answer.
    pub ack: Option<Ack>,
}

/// The arguments of an event, well formed as JSON and otherwise unjudged.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Payload {
    /// The first argument as JSON text. It may be nested as deeply as its size allows:
    /// `serde_json`'s limit of 128 levels makes an error of that, so keep the limit.
    /// Binary data is in there as `{"_placeholder":true,"num":n}`.
    pub first: Option<Box<str>>,
    /// How many arguments came.
    pub arguments: usize,
    /// How many binary attachments came; their bytes are dropped.
    pub attachments: usize,
}

impl Payload {
    /// How long it is.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.first.as_deref().map_or(0, str::len)
    }

    /// The one argument of an event that has exactly one and no binary attachment.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match (self.arguments, self.attachments) {
            (1, 0) => self.first.as_deref(),
            _ => None,
        }
    }
}

/// Never shows what is in it.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("bytes", &self.bytes())
            .field("arguments", &self.arguments)
            .field("attachments", &self.attachments)
            .finish()
    }
}

/// Answers one event, at most once.
#[derive(Debug)]
pub struct Ack {
    socket: Socket,
    id: i64,
}

impl Ack {
    pub(super) fn new(socket: Socket, id: i64) -> Self {
        Self { socket, id }
    }

    /// Calls the client's callback with `answer` as its one argument.
    ///
    /// # Errors
    /// As [`Socket::send`]; [`SendError::Encode`] when `answer` can't be serialised as JSON.
    pub fn send<T: Serialize + ?Sized>(self, answer: &T) -> Result<(), SendError> {
        let frame = frame::ack(self.id, answer).map_err(|_| SendError::Encode)?;
        self.socket.send(&frame)
    }
}

/// An event as it waits in the inbox.
#[derive(Debug)]
pub(super) struct RawEvent {
    pub(super) name: String,
    pub(super) payload: Payload,
    pub(super) ack: Option<i64>,
}

impl RawEvent {
    /// Takes `[name, argument, ...]` apart, without recursion and so at any depth.
    pub(super) fn parse(text: &str, attachments: usize, ack: Option<i64>) -> Result<Self, serde_json::Error> {
        let Arguments { name, first, count } = serde_json::from_str(text)?;
        Ok(Self { name, payload: Payload { first, arguments: count, attachments }, ack })
    }

    /// Bytes that it holds.
    pub(super) fn size(&self) -> usize {
        self.name.len() + self.payload.bytes()
    }

    pub(super) fn of(self, socket: &Socket) -> IncomingEvent {
        IncomingEvent {
            name: self.name,
            payload: self.payload,
            ack: self.ack.map(|id| Ack::new(socket.clone(), id)),
        }
    }
}

struct Arguments {
    name: String,
    first: Option<Box<str>>,
    count: usize,
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ArgumentsVisitor)
    }
}

struct ArgumentsVisitor;

impl<'de> Visitor<'de> for ArgumentsVisitor {
    type Value = Arguments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array that starts with an event's name")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Arguments, A::Error> {
        let name: String = items.next_element()?.ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
        // `RawValue` and `IgnoredAny` are read by a loop in serde_json: depth costs no stack.
        let first = items.next_element::<&RawValue>()?.map(|raw| raw.get().into());
        let mut count = usize::from(first.is_some());
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Arguments { name, first, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<RawEvent> {
        RawEvent::parse(text, 0, None).ok()
    }

    fn first(text: &str) -> Option<String> {
        parse(text).expect("an event").payload.first.map(|json| json.to_string())
    }

    #[test]
    fn arguments_of_every_kind_arrive() {
        assert_eq!(first(r#"["x"]"#), None);
        for argument in ["null", "[]", "[1,2]", "7", "-0.5e3", "\"id\"", "true", r#"{"$ne": null}"#] {
            assert_eq!(first(&format!("[\"x\",{argument}]")).as_deref(), Some(argument));
        }
    }

    #[test]
    fn a_name_may_need_escapes() {
        assert_eq!(parse(r#"["a\"b\u00e9\n"]"#).map(|event| event.name), Some("a\"bé\n".to_owned()));
        assert_eq!(parse(r#"[""]"#).map(|event| event.name), Some(String::new()));
    }

    #[test]
    fn only_one_argument_without_attachments_is_single() {
        let one = RawEvent::parse(r#"["x",{}]"#, 0, None).unwrap().payload;
        assert_eq!(one.single(), Some("{}"));
        let binary = RawEvent::parse(r#"["x",{"_placeholder":true,"num":0}]"#, 1, None).unwrap();
        assert_eq!(binary.payload.single(), None);
        let two = RawEvent::parse(r#"["x",{},null]"#, 0, None).unwrap().payload;
        assert_eq!((two.arguments, two.single()), (2, None));
        assert_eq!(Payload::default().single(), None);
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            "null",
            "[1]",
            "[null]",
            "[[\"x\"]]",
            r#"["x""#,
            r#"["x"]]"#,
            r#"["x",]"#,
            r#"["x",{]"#,
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let levels = 1_000_000;
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let event = parse(&format!("[\"x\",{deep},{deep}]")).unwrap();
        assert_eq!(event.payload.arguments, 2);
        let json = event.payload.first.unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_err());
        assert!(parse(&format!("[{deep}]")).is_none());
    }
}
