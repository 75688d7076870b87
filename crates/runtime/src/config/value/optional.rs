//! Values that may be absent, for `#[serde(deserialize_with = "optional::deserialize")]`.
//!
//! An empty text is absent: so the environment can take back what a file sets.

use serde::{Deserialize, Deserializer, de::Error, de::value::StringDeserializer};

/// Reads a value written as text, or nothing where the text is empty.
///
/// # Errors
/// Anything but text, and what the value's own type refuses.
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text: Option<String> =
        Option::deserialize(deserializer).map_err(|_| D::Error::custom("expected a text"))?;
    match text {
        Some(text) if !text.is_empty() => T::deserialize(StringDeserializer::new(text)).map(Some),
        _ => Ok(None),
    }
}
