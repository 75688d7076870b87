//! Taking a client's JSON apart, with an error that names the field.

use natter_domain::Rejection;
use serde_json::{Map, Value};

use crate::socket::Payload;

/// What an event carries: how it is read, beside what it looks like.
pub(crate) trait Sent: Sized {
    /// Takes it from an event.
    ///
    /// # Errors
    /// [`Rejection::Invalid`], which names the field.
    fn read(payload: &Payload) -> Result<Self, Rejection>;
}

impl<T: FromFields> Sent for T {
    fn read(payload: &Payload) -> Result<Self, Rejection> {
        Self::from_fields(&Fields::of_event(payload)?)
    }
}

/// An object that clients send, in an event or over HTTP.
pub(crate) trait FromFields: Sized {
    /// Takes it from an object's fields.
    ///
    /// # Errors
    /// [`Rejection::Invalid`], which names the field.
    fn from_fields(fields: &Fields) -> Result<Self, Rejection>;
}

/// Longest URL and longest name of a file in a message, in bytes.
pub(crate) const MAX_FILE_TEXT: usize = 2_048;
/// Most people in one question for presence.
pub(crate) const MAX_PRESENCE_USERS: usize = 100;

/// What a client asks about several things, each by its id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked<T> {
    pub(crate) things: Vec<T>,
    /// What is no id: answered as one that does not exist, by the text that the client knows it by.
    pub(crate) malformed: Vec<String>,
}

impl<T> Asked<T> {
    pub(crate) fn sorted<A>(asked: impl Iterator<Item = A>, read: impl Fn(A) -> Result<T, String>) -> Self {
        let mut sorted = Self { things: Vec::new(), malformed: Vec::new() };
        for thing in asked.map(read) {
            match thing {
                Ok(thing) => sorted.things.push(thing),
                Err(text) => sorted.malformed.push(text),
            }
        }
        sorted
    }
}

/// The fields of a JSON object from a client. `null` is the same as absent.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The object that an event's one argument is.
    pub(crate) fn of_event(payload: &Payload) -> Result<Self, Rejection> {
        if payload.attachments > 0 {
            return Err(Rejection::invalid("payload", "must have no binary data"));
        }
        if payload.arguments > 1 {
            return Err(Rejection::invalid("payload", "must be one object"));
        }
        match payload.single() {
            None => Err(Rejection::invalid("payload", "must be an object")),
            Some(text) => Self::parse(text.as_bytes()),
        }
    }

    /// The object that this JSON text is.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Rejection> {
        match serde_json::from_slice(json) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Rejection::invalid("payload", "must be an object")),
            Err(_) => Err(Rejection::invalid("payload", "is not JSON, or too deep")),
        }
    }

    /// The object that this value is.
    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        value.as_object().map(|fields| Self(fields.clone()))
    }

    /// The field, if it is there.
    pub(crate) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    /// Whether the field is there as `null`, where that is not the same as absent.
    pub(crate) fn is_null(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(Value::is_null)
    }

    /// A string that must be there.
    pub(crate) fn text(&self, field: &str) -> Result<&str, Rejection> {
        self.optional_text(field)?.ok_or_else(|| Rejection::invalid(field, "is required"))
    }

    /// A string, if it is there.
    pub(crate) fn optional_text(&self, field: &str) -> Result<Option<&str>, Rejection> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Rejection::invalid(field, "must be a string")),
        }
    }

    /// A flag; absent is `false`.
    pub(crate) fn flag(&self, field: &str) -> Result<bool, Rejection> {
        match self.get(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Rejection::invalid(field, "must be true or false")),
        }
    }

    /// A whole number from 0, if it is there.
    pub(crate) fn optional_number(&self, field: &str) -> Result<Option<u64>, Rejection> {
        self.get(field).map(|value| number(field, value)).transpose()
    }

    /// An id that must be there, as a string; a malformed one is one that nothing has.
    pub(crate) fn id<T>(&self, field: &str, read: impl Fn(&str) -> T) -> Result<T, Rejection> {
        self.text(field).map(read)
    }

    /// A list of at most `most` ids.
    pub(crate) fn ids<T>(
        &self,
        field: &str,
        most: usize,
        read: impl Fn(&str) -> T,
    ) -> Result<Vec<T>, Rejection> {
        let Some(list) = self.list(field, most)? else {
            return Err(Rejection::invalid(field, "is required"));
        };
        let id = |value: &Value| match value {
            Value::String(text) => Ok(read(text)),
            _ => Err(Rejection::invalid(field, "must be a list of strings")),
        };
        list.iter().map(id).collect()
    }

    /// An object, if it is there.
    pub(crate) fn object(&self, field: &str) -> Result<Option<Self>, Rejection> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self(fields.clone()))),
            Some(_) => Err(Rejection::invalid(field, "must be an object")),
        }
    }

    /// A list of at most `most` values, if it is there.
    pub(crate) fn list(&self, field: &str, most: usize) -> Result<Option<&[Value]>, Rejection> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Array(list)) if list.len() > most => {
                Err(Rejection::invalid(field, format!("must have at most {most} entries")))
            }
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(Rejection::invalid(field, "must be a list")),
        }
    }
}

/// A whole number from 0 that JavaScript can hold; written as `3.0` it is one, too.
pub(super) fn number(field: &str, value: &Value) -> Result<u64, Rejection> {
    const MAX_SAFE: u64 = (1 << 53) - 1;
    let whole = value.as_u64().or_else(|| {
        let float = value.as_f64()?;
        (float >= 0.0 && float.fract() == 0.0 && float <= MAX_SAFE as f64).then_some(float as u64)
    });
    whole
        .filter(|number| *number <= MAX_SAFE)
        .ok_or_else(|| Rejection::invalid(field, "must be a whole number from 0"))
}

#[cfg(test)]
mod tests {
    use natter_domain::UserId;

    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn only_objects_are_payloads() {
        for json in ["null", "[]", "3", "\"x\"", "true", "", "{", &"[".repeat(10_000)] {
            assert!(Fields::parse(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn fields_say_what_is_wrong_with_them() {
        let given = fields(r#"{"a": {"$ne": null}, "n": -1, "x": null, "l": [1]}"#);
        assert_eq!(given.text("a"), Err(Rejection::invalid("a", "must be a string")));
        assert_eq!(given.text("x"), Err(Rejection::invalid("x", "is required")));
        assert!(given.flag("a").is_err());
        assert!(given.optional_number("n").is_err());
        assert!(given.ids("l", 5, UserId::lenient).is_err());
        assert!(given.ids("l", 0, UserId::lenient).is_err());
        assert_eq!(given.optional_text("x"), Ok(None));
    }
}
