//! Names of files as their owners had them, made harmless to show and to save.

use axum::http::header;
use multer::Field;
use percent_encoding::percent_decode_str;

/// Most code points of a name.
const LONGEST: usize = 200;
/// Most code points of an ending that is kept when a name is cut.
const LONGEST_ENDING: usize = 16;

/// The name that a form gives its file: `None` for a field that has none, and empty where nothing of
/// it can be shown.
pub(crate) fn of(field: &Field<'_>) -> Option<String> {
    let disposition = field.headers().get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let encoded = disposition.and_then(encoded);
    let name = encoded.or_else(|| field.file_name().map(str::to_owned))?;
    Some(sanitize(&name).unwrap_or_default())
}

/// `filename*=UTF-8''…` (RFC 8187), which forms should not have, and which some clients send alone.
fn encoded(disposition: &str) -> Option<String> {
    let values = disposition.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = values.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("filename*"))?;
    let (charset, rest) = value.trim().split_once('\'')?;
    let (_, name) = rest.split_once('\'')?;
    let name = charset.eq_ignore_ascii_case("utf-8").then(|| percent_decode_str(name).decode_utf8().ok());
    name.flatten().map(Into::into)
}

/// The last part of a path, without characters that can't be seen or turn the rest around; `None`
/// if nothing is left.
fn sanitize(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = base.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let shown = shown.trim();
    if shown.chars().all(|c| c == '.') {
        return None;
    }
    Some(shorten(shown))
}

/// Marks of direction, joiners and separators.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let ending = name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default();
    let ending = if ending.chars().count() <= LONGEST_ENDING { ending } else { "" };
    name.chars().take(LONGEST - ending.chars().count()).chain(ending.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_harmless() {
        for (name, expected) in [
            ("cat.png", Some("cat.png")),
            ("/etc/passwd", Some("passwd")),
            ("C:\\Users\\me\\cat.png", Some("cat.png")),
            ("../../cat.png", Some("cat.png")),
            ("..", None),
            (".", None),
            ("", None),
            ("   ", None),
            ("dir/", None),
            ("a\0b\r\nc\u{7f}.png", Some("abc.png")),
            ("cat\u{202e}gnp.exe", Some("catgnp.exe")),
            ("\u{2066}a\u{2069}\u{200b}\u{feff}", Some("a")),
            ("  кот 猫.png ", Some("кот 猫.png")),
            (".hidden", Some(".hidden")),
        ] {
            assert_eq!(sanitize(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn encoded_names_are_read() {
        for (disposition, expected) in [
            ("form-data; name=\"file\"; filename*=UTF-8''na%C3%AFve%20plan.pdf", Some("naïve plan.pdf")),
            ("form-data; filename*=utf-8'de'a.pdf; name=file", Some("a.pdf")),
            ("form-data; filename*=latin1''a.pdf", None),
            ("form-data; filename*=UTF-8''%ff", None),
            ("form-data; filename*=a.pdf", None),
            ("form-data; filename=\"a.pdf\"", None),
        ] {
            assert_eq!(encoded(disposition).as_deref(), expected, "{disposition}");
        }
    }

    #[test]
    fn long_names_are_cut_before_their_ending() {
        let cut = sanitize(&format!("{}.jpeg", "я".repeat(500))).unwrap();
        assert_eq!(cut.chars().count(), LONGEST);
        assert!(cut.ends_with("я.jpeg"));
        let cut = sanitize(&format!("a.{}", "b".repeat(500))).unwrap();
        assert_eq!(cut.chars().count(), LONGEST);
    }
}
