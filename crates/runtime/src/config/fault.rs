//! What is wrong with a configuration: all of it at once.

use std::fmt;

use figment::error::Kind;

use super::keys::env_name;

/// One thing that is wrong with the configuration. Never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is about, as a user finds it: a key with its name in the environment, or a file.
    pub place: String,
    /// Where the value came from, where it is known.
    pub origin: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    /// A fault of a key's value.
    pub(super) fn of_key(key: &str, message: impl fmt::Display) -> Self {
        Self::at(format!("{key} ({})", env_name(key)), message)
    }

    /// A fault of something that is no known key.
    pub(super) fn at(place: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { place: place.into(), origin: None, message: message.to_string() }
    }

    /// Says where the value came from.
    pub(super) fn set_by(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{}, set by {origin}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

/// Everything that is wrong with the configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "fault" } else { "faults" };
        write!(f, "{count} {noun} in the configuration")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}

/// Says what was expected, and never what was found: that may be a secret in the wrong place.
pub(super) fn explain(kind: Kind) -> String {
    match kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {}", in_words(&expected))
        }
        Kind::UnknownVariant(_, names) => format!("expected `{}`", names.join("` or `")),
        // The standard library's, for a text without a port or with a host's name.
        Kind::Message(text) if text == "invalid socket address syntax" => {
            "expected an address and a port, such as `127.0.0.1:3100`".to_owned()
        }
        kind => kind.to_string(),
    }
}

/// What serde expected, for those who don't know Rust's types.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number",
        "f64" => "a number",
        other => other,
    }
}
