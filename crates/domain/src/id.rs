//! Ids: 12 bytes, written as 24 lower-case hex digits.
//!
//! Layout of a MongoDB ObjectId (<https://www.mongodb.com/docs/manual/reference/bson-types/#objectid>):
//! 4 bytes of seconds, 5 of process randomness, 3 of a counter, all big endian. So ids that one
//! process makes sort by the time they were made.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::time::Timestamp;

/// Twelve bytes that name a thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectId([u8; 12]);

/// A string that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of 24 lower-case hex digits")]
pub struct NotAnId;

impl ObjectId {
    /// The id that nothing has: what a malformed id from a client is read as, so that it is
    /// treated like one that doesn't exist.
    pub const NONE: Self = Self([0; 12]);

    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    pub const fn bytes(&self) -> &[u8; 12] {
        &self.0
    }

    /// A new id, unique over processes. Not a secret: neighbours can be guessed.
    pub fn generate(now: Timestamp) -> Self {
        static PROCESS: LazyLock<[u8; 5]> = LazyLock::new(|| {
            let [a, b, c, d, e, ..] = RandomState::new().hash_one("natter").to_be_bytes();
            [a, b, c, d, e]
        });
        static COUNTER: LazyLock<AtomicU32> =
            LazyLock::new(|| AtomicU32::new(RandomState::new().hash_one("counter") as u32));
        // Ids carry 32 bits of seconds, which last until 2106; past that they wrap, as MongoDB's do.
        let [t0, t1, t2, t3] = ((now.millis() / 1000) as u32).to_be_bytes();
        let [p0, p1, p2, p3, p4] = *PROCESS;
        let [_, c0, c1, c2] = COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Self([t0, t1, t2, t3, p0, p1, p2, p3, p4, c0, c1, c2])
    }

    /// Reads an id from a client: a malformed one becomes [`ObjectId::NONE`].
    pub fn lenient(text: &str) -> Self {
        text.parse().unwrap_or(Self::NONE)
    }
}

impl FromStr for ObjectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        fn digit(byte: u8) -> Result<u8, NotAnId> {
            match byte {
                b'0'..=b'9' => Ok(byte - b'0'),
                b'a'..=b'f' => Ok(byte - b'a' + 10),
                _ => Err(NotAnId),
            }
        }
        if text.len() != 24 {
            return Err(NotAnId);
        }
        let mut id = [0; 12];
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            if let [high, low] = pair {
                *byte = digit(*high)? << 4 | digit(*low)?;
            }
        }
        Ok(Self(id))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub ObjectId);

        impl $name {
            /// The id that nothing has.
            pub const NONE: Self = Self(ObjectId::NONE);

            /// A new id.
            pub fn generate(now: Timestamp) -> Self {
                Self(ObjectId::generate(now))
            }

            /// Reads an id from a client: a malformed one becomes [`Self::NONE`].
            pub fn lenient(text: &str) -> Self {
                Self(ObjectId::lenient(text))
            }

            /// The id of these bytes.
            pub const fn from_bytes(bytes: [u8; 12]) -> Self {
                Self(ObjectId::from_bytes(bytes))
            }

            /// The id's bytes.
            pub const fn bytes(&self) -> &[u8; 12] {
                self.0.bytes()
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

ids! {
    /// Names a user.
    UserId
    /// Names a conversation.
    ConversationId
    /// Names a message. The gateway makes it, so that a retry is the same message.
    MessageId
    /// Names an entry of a user's own history.
    ActivityId
    /// Names a session: a login and all the tokens that come from it.
    SessionId
    /// Names one run of a gateway, made at its start, so that a gateway that was paused and
    /// replaced can't bring its old entries back.
    GatewayId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        let id = ObjectId::generate(Timestamp::from_millis(1_700_000_000_000));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 24);
    }

    #[test]
    fn malformed_ids_are_the_one_that_nothing_has() {
        for text in ["", "*", "x".repeat(24).as_str(), "65A000000000000000000000", "é23456789012345678901234"]
        {
            assert_eq!(ObjectId::lenient(text), ObjectId::NONE, "{text}");
        }
    }

    #[test]
    fn a_process_never_repeats_one() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| ObjectId::generate(now)).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
