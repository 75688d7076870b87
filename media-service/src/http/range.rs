//! Conditional and range requests (RFC 9110, sections 13 and 14).

use axum::http::{HeaderMap, HeaderName, header};
use natter_domain::ports::ByteRange;

/// Which bytes of a file are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// All.
    Whole,
    /// Some, at least one.
    Part(ByteRange),
    /// None that the file has.
    Unsatisfiable,
}

/// Whether the client has the file already.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == quoted(etag))
}

/// Which bytes the client wants of a file of `size` bytes. What is not understood, several ranges,
/// and ranges of another version of the file are answered with all of it.
pub(super) fn select(headers: &HeaderMap, etag: &str, size: u64) -> Selection {
    let Some(range) = text(headers, &header::RANGE) else { return Selection::Whole };
    // We tell no dates, so that one can't be ours.
    if headers.contains_key(header::IF_RANGE) && text(headers, &header::IF_RANGE) != Some(&quoted(etag)) {
        return Selection::Whole;
    }
    parse(range, size).unwrap_or(Selection::Whole)
}

fn parse(range: &str, size: u64) -> Option<Selection> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let range = match (first.is_empty(), last.is_empty()) {
        (true, true) => return None,
        (true, false) => size.saturating_sub(number(last)?)..size,
        (false, true) => number(first)?..size,
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if range.is_empty() { Selection::Unsatisfiable } else { Selection::Part(range) })
}

/// Digits only; too many of them are more than any file has.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A strong entity tag as headers have it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn ranges_are_read() {
        use Selection::{Part, Unsatisfiable, Whole};
        for (range, expected) in [
            ("bytes=0-0", Part(0..1)),
            ("bytes=0-99", Part(0..100)),
            ("bytes=0-1000", Part(0..100)),
            ("bytes=10-19", Part(10..20)),
            ("bytes=99-", Part(99..100)),
            ("bytes=0-", Part(0..100)),
            ("bytes=-1", Part(99..100)),
            ("bytes=-100", Part(0..100)),
            ("bytes=-1000", Part(0..100)),
            ("bytes=-99999999999999999999999999", Part(0..100)),
            ("bytes=5-99999999999999999999999999", Part(5..100)),
            ("Bytes= 0-0 ", Part(0..1)),
            ("bytes=100-", Unsatisfiable),
            ("bytes=100-200", Unsatisfiable),
            ("bytes=99999999999999999999999999-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=9-5", Whole),
            ("bytes=-", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("bytes=a-b", Whole),
            ("bytes=1-2x", Whole),
            ("bytes=--1", Whole),
            ("bytes=+1-2", Whole),
            ("bytes=0-0,5-6", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(select(&with(&[(header::RANGE, range)]), "tag", 100), expected, "{range:?}");
        }
        assert_eq!(select(&HeaderMap::new(), "tag", 100), Whole);
        assert_eq!(select(&with(&[(header::RANGE, "bytes=0-")]), "tag", 0), Unsatisfiable);
    }

    #[test]
    fn a_range_of_another_version_is_not_served() {
        for (if_range, expected) in [
            ("\"tag\"", Selection::Part(0..1)),
            ("W/\"tag\"", Selection::Whole),
            ("\"other\"", Selection::Whole),
            ("tag", Selection::Whole),
            ("Sat, 21 Nov 2026 09:00:00 GMT", Selection::Whole),
        ] {
            let headers = with(&[(header::RANGE, "bytes=0-0"), (header::IF_RANGE, if_range)]);
            assert_eq!(select(&headers, "tag", 100), expected, "{if_range}");
        }
    }

    #[test]
    fn known_tags_are_found() {
        for (value, expected) in [
            ("\"tag\"", true),
            ("W/\"tag\"", true),
            ("\"a\", \"tag\"", true),
            ("*", true),
            ("\"other\"", false),
            ("tag", false),
            ("", false),
        ] {
            assert_eq!(is_known(&with(&[(header::IF_NONE_MATCH, value)]), "tag"), expected, "{value:?}");
        }
    }
}
