//! Lists, for `#[serde(deserialize_with = "list::deserialize")]`: an array in a file, and a text
//! with commas in the environment.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

/// Reads a list of anything that can be parsed from text. An empty text is an empty list.
///
/// # Errors
/// Something that is neither an array of texts nor a text, or an element that can't be parsed.
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let texts = match Written::deserialize(deserializer) {
        Ok(Written::Array(texts)) => texts,
        Ok(Written::Text(text)) => text.split(',').map(str::to_owned).collect(),
        Err(_) => {
            return Err(D::Error::custom("expected a list, such as `a,b` or `[\"a\", \"b\"]`"));
        }
    };
    texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(D::Error::custom))
        .collect()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Array(Vec<String>),
    Text(String),
}
