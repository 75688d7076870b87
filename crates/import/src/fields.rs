//! Fields of old documents, under any of the names that servers of this kind give them.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document};
use natter_domain::Timestamp;

/// The first of these fields that is there and not null.
pub(crate) fn first<'a>(document: &'a Document, names: &[&str]) -> Option<&'a Bson> {
    names
        .iter()
        .find_map(|name| document.get(*name).filter(|value| !matches!(value, Bson::Null | Bson::Undefined)))
}

/// The first of these fields that is a text of more than white space.
pub(crate) fn text<'a>(document: &'a Document, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| document.get(*name)?.as_str().filter(|text| !text.trim().is_empty()))
}

/// Whether one of these is true.
pub(crate) fn flag(document: &Document, names: &[&str]) -> bool {
    names.iter().any(|name| matches!(document.get(*name), Some(Bson::Boolean(true))))
}

/// The elements of a list; of anything else, itself.
pub(crate) fn list(value: Option<&Bson>) -> &[Bson] {
    match value {
        None => &[],
        Some(Bson::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
    }
}

/// An id: as such, as 24 hex digits, or of an embedded document.
pub(crate) fn id(value: &Bson) -> Option<[u8; 12]> {
    match value {
        Bson::ObjectId(id) => Some(id.bytes()),
        Bson::String(text) => ObjectId::parse_str(text).ok().map(|id| id.bytes()),
        Bson::Document(document) => first(document, &["_id", "id", "userId", "user"]).and_then(id),
        _ => None,
    }
}

/// The id of one of these fields, where there is one: `Some(None)` for what is no id.
pub(crate) fn id_of(document: &Document, names: &[&str]) -> Option<Option<[u8; 12]>> {
    first(document, names).map(id)
}

/// A time: a date, its text in RFC 3339, or milliseconds since 1970.
pub(crate) fn time(value: &Bson) -> Option<Timestamp> {
    let millis = match value {
        Bson::DateTime(at) => at.timestamp_millis(),
        Bson::Int64(millis) => *millis,
        Bson::Double(millis) => *millis as i64,
        Bson::String(text) => DateTime::parse_rfc3339_str(text.trim()).ok()?.timestamp_millis(),
        _ => return None,
    };
    Some(Timestamp::from_millis(millis))
}

/// The time of one of these fields, or when the id was made; `None` for what is no time.
pub(crate) fn time_or_id(document: &Document, names: &[&str], id: [u8; 12]) -> Option<Timestamp> {
    first(document, names).map_or_else(|| Some(time_of(id)), time)
}

/// When an id was made, to the second.
pub(crate) fn time_of(id: [u8; 12]) -> Timestamp {
    Timestamp::from_millis(ObjectId::from_bytes(id).timestamp().timestamp_millis())
}

/// What a document is called in a report: whatever its id is.
pub(crate) fn name_of(document: &Document) -> String {
    match document.get("_id") {
        Some(Bson::ObjectId(id)) => id.to_hex(),
        Some(Bson::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// What may be shown as a link: nothing that a browser would run.
pub(crate) fn is_url(text: &str) -> bool {
    let before_path = text.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(scheme))
            && text.len() > scheme.len()
    });
    let allowed = |c: char| !c.is_control() && !r#""<>"#.contains(c);
    !text.trim().is_empty()
        && text.len() <= 2_048
        && text.chars().all(allowed)
        && (is_web || !before_path.contains(':'))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{bson, doc};

    use super::*;

    #[test]
    fn ids_come_in_several_forms() {
        let oid = ObjectId::parse_str("65a000000000000000000001").unwrap();
        for value in [
            Bson::ObjectId(oid),
            bson!("65a000000000000000000001"),
            bson!("65A000000000000000000001"),
            bson!({ "_id": oid }),
            bson!({ "user": "65a000000000000000000001", "role": "admin" }),
        ] {
            assert_eq!(id(&value), Some(oid.bytes()), "{value}");
        }
        for value in [bson!("ada"), bson!(7), bson!({}), bson!(null)] {
            assert_eq!(id(&value), None, "{value}");
        }
        assert_eq!(time_of(oid.bytes()), Timestamp::from_millis(0x65a0_0000 * 1_000));
    }

    #[test]
    fn times_come_in_several_forms() {
        let at = Timestamp::from_millis(1_769_851_800_005);
        for value in [
            Bson::DateTime(DateTime::from_millis(at.millis())),
            Bson::Int64(at.millis()),
            Bson::Double(at.millis() as f64),
            bson!("2026-01-31T09:30:00.005Z"),
            bson!("2026-01-31T10:30:00.005+01:00"),
        ] {
            assert_eq!(time(&value), Some(at), "{value}");
        }
        for value in [bson!("yesterday"), bson!(true), bson!({})] {
            assert_eq!(time(&value), None, "{value}");
        }
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let document = doc! { "content": null, "text": "hello", "message": "other" };
        assert_eq!(first(&document, &["content", "text", "message"]), Some(&bson!("hello")));
        assert_eq!(list(None), []);
        assert_eq!(list(Some(&bson!("a"))), [bson!("a")]);
    }

    #[test]
    fn urls_are_what_a_browser_loads() {
        for url in [
            "https://a.example/x.png",
            "HTTP://a.example",
            "/uploads/a b.png",
            "uploads/a.png",
            "a.png",
            "/x?at=10:30",
        ] {
            assert!(is_url(url), "{url}");
        }
        for url in [
            "",
            " ",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "/a\"b",
            "https://",
            "file:///etc/passwd",
        ] {
            assert!(!is_url(url), "{url}");
        }
    }
}
