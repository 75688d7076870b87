//! What replicas of a service tell those who send them commands.

use bytes::Bytes;
use prost::Message as _;

use crate::error::DecodeError;
use crate::generated;

/// A replica takes commands, or no longer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which one: made at its start, so that one that was restarted is another.
    pub replica: u128,
    /// Whether it stops taking commands.
    pub leaving: bool,
    /// When it said so: milliseconds since its start.
    pub time: u64,
}

/// Writes an announcement.
pub fn encode_announcement(announcement: Announcement) -> Bytes {
    let Announcement { replica, leaving, time } = announcement;
    generated::Announcement { replica: replica.to_be_bytes().to_vec(), leaving, time }.encode_to_vec().into()
}

/// Reads an announcement.
///
/// # Errors
/// The bytes are no announcement of this version.
pub fn decode_announcement(bytes: &[u8]) -> Result<Announcement, DecodeError> {
    let generated::Announcement { replica, leaving, time } = generated::Announcement::decode(bytes)?;
    let id =
        <[u8; 16]>::try_from(replica.as_slice()).map_err(|_| DecodeError::BadId { length: replica.len() })?;
    Ok(Announcement { replica: u128::from_be_bytes(id), leaving, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_nothing_else_is_one() {
        for leaving in [true, false] {
            let announcement = Announcement { replica: 7 << 70, leaving, time: 1_500 };
            assert_eq!(decode_announcement(&encode_announcement(announcement)).unwrap(), announcement);
        }
        assert!(matches!(decode_announcement(b""), Err(DecodeError::BadId { length: 0 })));
        assert!(matches!(decode_announcement(b"\xff"), Err(DecodeError::Malformed(_))));
    }
}
