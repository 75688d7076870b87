//! Picking out of a payload's bytes what a checker needs, without parsing the payload.
//!
//! Sound for what the generator itself sends: its texts hold neither quotes nor backslashes, and
//! its messages answer no other message.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// A key whose value is picked.
pub(crate) struct Key(LazyLock<Finder<'static>>);

macro_rules! key {
    ($name:literal) => {
        Key(LazyLock::new(|| Finder::new(concat!("\"", $name, "\":"))))
    };
}

/// The place of a message in its conversation's changes.
pub(crate) static REV: Key = key!("rev");
/// The place of a message among its conversation's messages.
pub(crate) static SEQ: Key = key!("seq");

impl Key {
    /// The whole number that is the value of the first such key.
    pub(crate) fn number(&self, json: &[u8]) -> Option<u64> {
        let value = json.get(self.0.find(json)? + self.0.needle().len()..)?;
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        number(value.get(..digits)?)
    }
}

/// Whether an ack says that all went well.
pub(crate) fn succeeded(ack: &[u8]) -> bool {
    static SUCCESS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"success\":true"));
    SUCCESS.find(ack).is_some()
}

/// What marks a message or a stroke: which sender of which room sent it, and as its how manyth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) room: usize,
    pub(crate) sender: usize,
    pub(crate) number: u64,
}

impl Tag {
    /// As it stands at the beginning of a text.
    pub(crate) fn text(self) -> String {
        format!("~{}.{}.{}~", self.room, self.sender, self.number)
    }

    /// The tag in a payload, if there is one.
    pub(crate) fn of(json: &[u8]) -> Option<Self> {
        let rest = json.get(memchr::memchr(b'~', json)? + 1..)?;
        let mut parts = rest.get(..memchr::memchr(b'~', rest)?)?.split(|byte| *byte == b'.');
        let mut part = || number(parts.next()?);
        let (room, sender, sent) = (part()?, part()?, part()?);
        Some(Self { room: usize::try_from(room).ok()?, sender: usize::try_from(sender).ok()?, number: sent })
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    let first = digits.first()?.is_ascii_digit();
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = first.then(|| byte.checked_sub(b'0')).flatten().filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_comes_back_from_a_payload() {
        let tag = Tag { room: 12, sender: 0, number: 345 };
        let json = format!(r#"{{"message":{{"lastSeq":1,"rev":7,"seq":6,"text":"{} hello"}}}}"#, tag.text());
        assert_eq!(Tag::of(json.as_bytes()), Some(tag));
        assert_eq!(REV.number(json.as_bytes()), Some(7));
        assert_eq!(SEQ.number(json.as_bytes()), Some(6));
    }

    #[test]
    fn what_is_not_there_is_not_picked() {
        for json in ["", "{}", "~", "~1.2~", "~1.x.3~", "~1.2.3", "~..~", "~99999999999999999999.1.1~"] {
            assert_eq!(Tag::of(json.as_bytes()), None, "{json}");
        }
        for json in ["", r#"{"rev":"#, r#"{"rev":"7"}"#, r#"{"rev":null}"#, r#"{"lastRev":7}"#] {
            assert_eq!(REV.number(json.as_bytes()), None, "{json}");
        }
        assert!(succeeded(br#"{"success":true,"rev":1}"#));
        assert!(!succeeded(br#"{"success":false,"error":"x"}"#));
    }
}
