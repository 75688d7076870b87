//! Addresses of servers, which may carry a password.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::REDACTED;

/// The URL of a server, or several with commas. Shown without the user and password it may carry.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// The whole URL, credentials included. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What stands before `://`.
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// What may be shown. Everything up to the last `@` counts as credentials, even where that
    /// hides a host of a list: better too much than a part of a password.
    fn redacted(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((_, rest)) => (format!("{REDACTED}@"), rest),
            None => (String::new(), rest),
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let query: Vec<String> = query.split('&').map(redacted_parameter).collect();
        let mark = if rest.contains('?') { "?" } else { "" };
        format!("{scheme}://{credentials}{place}{mark}{}", query.join("&"))
    }
}

fn redacted_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={REDACTED}"),
        _ => parameter.to_owned(),
    }
}

fn is_secret(parameter: &str) -> bool {
    let name = parameter.to_ascii_lowercase();
    ["pass", "secret", "token", "key", "auth"].iter().any(|part| name.contains(part))
}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.split_once("://") {
            Some((scheme, rest))
                if !rest.is_empty()
                    && !text.contains(char::is_whitespace)
                    && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err("expected a URL, `scheme://host`"),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.redacted())
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)
            .map_err(|_| D::Error::custom("expected a URL"))?
            .parse()
            .map_err(D::Error::custom)
    }
}
