//! The effective configuration for people, as `natter check-config` prints it.

use std::fmt::Write;

use figment::value::Value;

use super::{Loaded, load::effective, value::REDACTED};

impl Loaded {
    /// Every key with its value and where that came from, a line each. What isn't redacted can be
    /// used as a configuration file.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for (key, value) in effective(&self.config) {
            let origin = self.origins.get(&key).map_or("default", String::as_str);
            let line = match written(&value) {
                None => format!("# {key} is not set"),
                Some(value) if value.contains(REDACTED) => format!("# {key} = {value}"),
                Some(value) => format!("{key} = {value}"),
            };
            // Writing to a String can't fail.
            let _ = writeln!(text, "{line:<60} # {origin}");
        }
        text
    }
}

/// A value in TOML's notation, or nothing for an absent one.
fn written(value: &Value) -> Option<String> {
    if matches!(value, Value::Empty(..)) {
        return None;
    }
    toml::Value::try_from(value).ok().map(|value| value.to_string())
}
