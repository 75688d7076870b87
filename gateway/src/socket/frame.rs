//! Packets that go to clients, encoded.

use std::fmt;

use engineioxide::Str;
use serde::Serialize;

/// One event for clients, encoded once. Cloning it counts a reference.
#[derive(Clone)]
pub struct Frame(Str);

impl Frame {
    /// Encodes `event` with one argument.
    ///
    /// # Errors
    /// When `payload` can't be serialised as JSON, such as a map whose keys aren't strings.
    pub fn new<T: Serialize + ?Sized>(event: &str, payload: &T) -> Result<Self, serde_json::Error> {
        encode("2", &(event, payload)).map(Self)
    }

    /// Encodes `event` with one argument that is JSON already.
    #[must_use]
    pub fn of_value(event: &str, payload: &serde_json::Value) -> Self {
        Self(Str::from(format!("2[{},{payload}]", serde_json::Value::from(event))))
    }

    /// Bytes that each client is sent, without those of the transport.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// What a client gets.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn packet(&self) -> Str {
        self.0.clone()
    }
}

/// Never shows what is in it.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes)", self.size())
    }
}

/// The answer to an event: an ack with one argument.
pub(super) fn ack<T: Serialize + ?Sized>(id: i64, answer: &T) -> Result<Frame, serde_json::Error> {
    encode(&format!("3{id}"), &(answer,)).map(Frame)
}

fn encode<T: Serialize>(head: &str, arguments: &T) -> Result<Str, serde_json::Error> {
    let mut packet = head.as_bytes().to_vec();
    serde_json::to_writer(&mut packet, arguments)?;
    packet.shrink_to_fit();
    let packet = String::from_utf8(packet).map_err(serde::de::Error::custom)?;
    Ok(Str::from(packet))
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::RawValue};

    use super::*;

    #[test]
    fn an_event_is_an_array_of_its_name_and_its_argument() {
        let frame = Frame::new("new:message", &json!({"text": "hé\n"})).unwrap();
        assert_eq!(frame.packet().as_str(), r#"2["new:message",{"text":"hé\n"}]"#);
        assert_eq!(frame.size(), frame.packet().len());
    }

    #[test]
    fn json_that_is_encoded_already_is_taken_as_it_is() {
        let raw = RawValue::from_string(r#"{"a": 1}"#.to_owned()).unwrap();
        let frame = Frame::new("x", &raw).unwrap();
        assert_eq!(frame.packet().as_str(), r#"2["x",{"a": 1}]"#);
    }

    #[test]
    fn an_ack_names_its_event() {
        let frame = ack(17, &json!({"success": true})).unwrap();
        assert_eq!(frame.packet().as_str(), r#"317[{"success":true}]"#);
    }

    #[test]
    fn a_clone_shares_the_bytes() {
        let frame = Frame::new("x", &json!({})).unwrap();
        let address = |frame: &Frame| frame.packet().as_bytes().as_ptr();
        assert_eq!(address(&frame), address(&frame.clone()));
    }
}
