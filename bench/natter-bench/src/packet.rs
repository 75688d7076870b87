//! Engine.IO v4 and Socket.IO v5 packets, on the namespace `/`, as text.
//!
//! A packet is told apart and not parsed: payloads stay the bytes they are.

/// A packet from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Engine.IO's first packet.
    Open,
    /// Engine.IO's ping, which wants [`PONG`].
    Ping,
    /// The namespace is connected.
    Connected,
    /// The namespace is refused; the object with the reason.
    Refused(&'a [u8]),
    /// The server disconnects.
    Disconnected,
    /// An event with the arguments after its name, such as `{"message":…}`.
    Event { name: &'a [u8], arguments: &'a [u8] },
    /// An ack and its arguments, such as `{"success":true}`.
    Ack { id: u64, arguments: &'a [u8] },
    /// Something else, which this client has no use for.
    Other,
}

/// The answer to [`Packet::Ping`].
pub(crate) const PONG: &[u8] = b"3";
/// Leaves the namespace.
pub(crate) const DISCONNECT: &[u8] = b"41";

/// What kind of packet `text` is. Never fails: what is malformed is [`Packet::Other`].
pub(crate) fn parse(text: &[u8]) -> Packet<'_> {
    match text {
        [b'4', b'2', array @ ..] => event(array).unwrap_or(Packet::Other),
        [b'4', b'3', rest @ ..] => ack(rest).unwrap_or(Packet::Other),
        [b'2'] => Packet::Ping,
        [b'0', ..] => Packet::Open,
        [b'4', b'0', ..] => Packet::Connected,
        [b'4', b'1', ..] | [b'1'] => Packet::Disconnected,
        [b'4', b'4', reason @ ..] => Packet::Refused(reason),
        _ => Packet::Other,
    }
}

/// `["name",…]`. Names of the contract need no escapes.
fn event(array: &[u8]) -> Option<Packet<'_>> {
    let rest = array.strip_prefix(b"[\"")?.strip_suffix(b"]")?;
    let end = memchr::memchr(b'"', rest)?;
    let (name, rest) = rest.split_at_checked(end)?;
    let rest = rest.strip_prefix(b"\"")?;
    Some(Packet::Event { name, arguments: rest.strip_prefix(b",").unwrap_or(rest) })
}

/// `7[…]`.
fn ack(rest: &[u8]) -> Option<Packet<'_>> {
    let (id, arguments) = rest.split_at_checked(memchr::memchr(b'[', rest)?)?;
    let id = std::str::from_utf8(id).ok()?.parse().ok()?;
    Some(Packet::Ack { id, arguments: arguments.strip_prefix(b"[")?.strip_suffix(b"]")? })
}

/// The packet that connects the namespace. A token has no character that JSON escapes.
pub(crate) fn connect(token: &str) -> String {
    format!("40{{\"token\":\"{token}\"}}")
}

/// The packet of an event with one argument, which is JSON already; with an ack asked for under
/// `id`, where there is one.
pub(crate) fn emit(id: Option<u64>, name: &str, argument: &str) -> String {
    match id {
        Some(id) => format!("42{id}[\"{name}\",{argument}]"),
        None => format!("42[\"{name}\",{argument}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_is_told_from_the_others() {
        let event = |name, arguments| Packet::Event { name, arguments };
        for (text, packet) in [
            (r#"0{"sid":"x","upgrades":[]}"#, Packet::Open),
            ("2", Packet::Ping),
            (r#"40{"sid":"y"}"#, Packet::Connected),
            (r#"44{"message":"User not found"}"#, Packet::Refused(br#"{"message":"User not found"}"#)),
            ("41", Packet::Disconnected),
            ("1", Packet::Disconnected),
            (r#"42["new:message",{"a":[1]}]"#, event(b"new:message", br#"{"a":[1]}"#)),
            (r#"42["bare"]"#, event(b"bare", b"")),
            (r#"4317[{"success":true}]"#, Packet::Ack { id: 17, arguments: br#"{"success":true}"# }),
            ("430[]", Packet::Ack { id: 0, arguments: b"" }),
            ("6", Packet::Other),
            ("", Packet::Other),
            ("42", Packet::Other),
            ("42[", Packet::Other),
            ("43x[]", Packet::Other),
            ("43[]", Packet::Other),
            ("42[\"open", Packet::Other),
        ] {
            assert_eq!(parse(text.as_bytes()), packet, "{text}");
        }
    }

    #[test]
    fn what_is_sent_is_what_a_server_reads() {
        assert_eq!(connect("a.b.c"), r#"40{"token":"a.b.c"}"#);
        assert_eq!(emit(Some(3), "join:conversation", "{}"), r#"423["join:conversation",{}]"#);
        assert_eq!(emit(None, "strokePoint", "{}"), r#"42["strokePoint",{}]"#);
    }
}
