//! Sizes in bytes with units (`64KiB`, `20MB`), for `#[serde(with = "size")]`.
//!
//! `kB`, `MB`, `GB` are powers of 1000; `KiB`, `MiB`, `GiB` are powers of 1024.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

const EXPECTED: &str = "expected a size such as `64KiB`, `20MB` or `512` (bytes)";

/// Largest first, so that a size is written in the largest unit that divides it.
const UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Parses a size into bytes; units in any case, a bare number is bytes.
///
/// # Errors
/// The text that says what was expected.
pub fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let unit = unit.trim_start();
    let scale = match unit {
        "" => Some(1),
        _ => UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, scale)| *scale),
    };
    let number: Option<u64> = digits.parse().ok();
    number.zip(scale).and_then(|(number, scale)| number.checked_mul(scale)).ok_or_else(|| EXPECTED.to_owned())
}

/// Writes a size as it may be read again.
pub fn format(bytes: u64) -> String {
    let exact = |&&(_, scale): &&(&str, u64)| bytes >= scale && bytes.is_multiple_of(scale);
    match UNITS.iter().find(exact) {
        Some((name, scale)) => format!("{}{name}", bytes / scale),
        None => bytes.to_string(),
    }
}

/// Writes a size for serde.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format(*bytes))
}

/// Reads a size for serde.
///
/// # Errors
/// A text that is no size, or one of more than 2^64 bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Written::deserialize(deserializer).map_err(|_| D::Error::custom(EXPECTED))? {
        Written::Text(text) => parse(&text).map_err(D::Error::custom),
        Written::Number(bytes) => Ok(bytes),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(u64),
}
