//! Points in time, as clients see them: UTC with milliseconds.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

impl Timestamp {
    /// The point this many milliseconds after 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The point `duration` later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The first millisecond of the year 0.
const FIRST: i64 = -62_167_219_200_000;
/// The last millisecond of the year 9999, past which ISO 8601 has no plain form.
const LAST: i64 = 253_402_300_799_999;

/// ISO 8601, for example `2026-01-31T09:30:00.000Z`. What is before the year 0 or after 9999, as
/// another issuer's token may name it, is shown as the nearest time that can be.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formatted =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0.clamp(FIRST, LAST)) * 1_000_000)
                .ok()
                .and_then(|at| at.format(ISO).ok())
                .ok_or(fmt::Error)?;
        f.write_str(&formatted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_iso_with_milliseconds() {
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(1_769_851_800_005).to_string(), "2026-01-31T09:30:00.005Z");
    }
}
