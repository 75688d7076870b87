//! Durations with units (`10m`, `1h 30m`, `250ms`), for `#[serde(with = "duration")]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// What a duration should look like, for error texts.
const EXPECTED: &str = "expected a duration with its unit, such as `10m`, `30s` or `250ms`";

/// Parses a duration; a bare `0` needs no unit.
///
/// # Errors
/// The text that says what was expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|_| EXPECTED.to_owned())
}

/// Writes a duration as it may be read again.
pub fn format(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// Writes a duration for serde.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format(*duration))
}

/// Reads a duration for serde.
///
/// # Errors
/// A text without a unit, or one that is no duration.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    match Written::deserialize(deserializer).map_err(|_| D::Error::custom(EXPECTED))? {
        Written::Text(text) => parse(&text).map_err(D::Error::custom),
        Written::Number(0) => Ok(Duration::ZERO),
        Written::Number(_) => Err(D::Error::custom(EXPECTED)),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(u64),
}
