//! What an account's fields may be, wherever the account comes from.

use crate::id::UserId;
use crate::rejection::Rejection;
use crate::user::ProfileChange;

/// Longest address that can be delivered to, in bytes (RFC 5321, 4.5.3.1.3).
const MAX_EMAIL: usize = 254;
/// Longest URL of a picture, in bytes.
const MAX_URL: usize = 2048;
/// Longest password that is hashed, in code points.
pub const MAX_PASSWORD: usize = 128;
/// Where files of our own are served.
const OWN_PATHS: [&str; 2] = ["/media/", "/uploads/"];

/// 3 to 32 of ASCII letters, digits, `_`, `.` and `-`: nothing that looks like something else.
pub fn username(text: &str) -> Result<String, Rejection> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !text.chars().all(allowed) {
        return Err(Rejection::invalid("username", "only letters, digits, `_`, `.` and `-` are allowed"));
    }
    if !(3..=32).contains(&text.len()) {
        return Err(Rejection::invalid("username", "must have 3 to 32 characters"));
    }
    Ok(text.to_owned())
}

/// Checks all of a change but the address.
pub fn profile_change(change: ProfileChange) -> Result<ProfileChange, Rejection> {
    Ok(ProfileChange {
        name: change.name.as_deref().map(name).transpose()?,
        username: change.username.as_deref().map(username).transpose()?,
        profile_image: match change.profile_image {
            Some(Some(url)) => Some(Some(profile_image(&url)?)),
            unchanged_or_removed => unchanged_or_removed,
        },
        email: change.email,
    })
}

/// Names for somebody who brings none that can be had, best first: what is usable of the one they
/// wish for, that with the end of their id, and one that is their id. All of them are proper.
pub fn usernames(wished: &str, id: UserId) -> [String; 3] {
    let id = id.to_string();
    let usable: String = wished
        .trim()
        .chars()
        .map(|c| if c.is_whitespace() { '_' } else { c })
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        .take(32)
        .collect();
    let begun: String = usable.chars().take(25).collect();
    let end = id.get(18..).unwrap_or_default();
    let begun = if begun.is_empty() { "user" } else { &begun };
    let with_end = format!("{begun}-{end}");
    let own = format!("user-{id}");
    [if usable.len() < 3 { with_end.clone() } else { usable }, with_end, own]
}

/// Plausible, and lower-cased. Whether it exists only a message to it would show.
pub fn email(text: &str) -> Result<String, Rejection> {
    let text = text.trim().to_lowercase();
    let plausible = text.len() <= MAX_EMAIL
        && text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if plausible { Ok(text) } else { Err(Rejection::invalid("email", "must be an email address")) }
}

fn is_local_part(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || r#"@"(),:;<>[\]"#.contains(c);
    (1..=64).contains(&text.len()) && !text.contains(forbidden)
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.contains('.') && text.split('.').all(is_label)
}

/// 8 to 128 code points; the maximum guards the hashing.
pub fn password(text: &str) -> Result<(), Rejection> {
    match text.chars().take(MAX_PASSWORD + 1).count() {
        8..=MAX_PASSWORD => Ok(()),
        _ => Err(Rejection::invalid("password", "must have 8 to 128 characters")),
    }
}

/// 1 to 100 code points, trimmed.
pub fn name(text: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return Err(Rejection::invalid("name", "control characters are not allowed"));
    }
    match text.chars().take(101).count() {
        1..=100 => Ok(text.to_owned()),
        _ => Err(Rejection::invalid("name", "must have 1 to 100 characters")),
    }
}

/// An `http` or `https` URL, or the path of a file of our own: nothing that a browser would run.
pub fn profile_image(url: &str) -> Result<String, Rejection> {
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && !r#""'<>\`"#.contains(c);
    let scheme = url.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let is_web = scheme.is_some_and(|(scheme, rest)| {
        matches!(&*scheme, "http" | "https") && rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')
    });
    let is_own = OWN_PATHS.iter().any(|path| url.starts_with(path) && url.len() > path.len());
    if url.len() <= MAX_URL && url.chars().all(allowed) && (is_web || is_own) && !url.contains("/../") {
        return Ok(url.to_owned());
    }
    Err(Rejection::invalid("profileImage", "must be an http(s) URL, or a file uploaded here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks one field with texts that it takes, and with texts that it refuses.
    fn check<T>(field: &str, of: impl Fn(&str) -> Result<T, Rejection>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(of(text).is_ok(), "{field}: {text:?} was refused");
        }
        for text in bad {
            match of(text) {
                Err(Rejection::Invalid { field: named, .. }) => assert_eq!(named, field),
                Err(other) => panic!("{field}: {text:?}: {other:?}"),
                Ok(_) => panic!("{field}: {text:?} was taken"),
            }
        }
    }

    #[test]
    fn usernames() {
        let long = "a".repeat(33);
        check(
            "username",
            username,
            &["ann", "Ann_B.c-9", &"a".repeat(32)],
            &["", "an", &long, "an n", "ann@b", "änn", "ann\n", "ann\0", "{$ne:null}"],
        );
    }

    #[test]
    fn usernames_are_proper_whatever_was_wished_for() {
        let id: UserId = "0123456789abcdef01234567".parse().unwrap();
        for (wished, expected) in [
            ("ann", ["ann", "ann-234567", "user-0123456789abcdef01234567"]),
            (" Ann Byron! ", ["Ann_Byron", "Ann_Byron-234567", "user-0123456789abcdef01234567"]),
            ("李", ["user-234567", "user-234567", "user-0123456789abcdef01234567"]),
            ("", ["user-234567", "user-234567", "user-0123456789abcdef01234567"]),
        ] {
            assert_eq!(super::usernames(wished, id), expected, "{wished}");
        }
        for name in super::usernames(&"x".repeat(99), id) {
            assert_eq!(username(&name), Ok(name));
        }
    }

    #[test]
    fn emails() {
        let long = format!("{}@{}.com", "a".repeat(64), "b".repeat(190));
        check(
            "email",
            email,
            &["a@b.co", " Ann+chat@Example.ORG ", "o'neil@bücher.example", "x_y.z@sub.example.com"],
            &[
                "", "ann", "@b.co", "a@", "a@b", "a@@b.co", "a@b..co", "a@-b.co", "a b@c.de", "a@b.co\0",
                &long,
            ],
        );
        assert_eq!(email(" Ann@Example.ORG ").unwrap(), "ann@example.org");
    }

    #[test]
    fn passwords() {
        check(
            "password",
            password,
            &["12345678", "päßwörtä", "        ", &"é".repeat(128)],
            &["", "1234567", "ééééééé", &"a".repeat(129), &"a".repeat(100_000)],
        );
    }

    #[test]
    fn names() {
        check(
            "name",
            name,
            &["A", "Ann B", "ánn 李", &"é".repeat(100)],
            &["", "  \t ", "a\0b", "a\u{1b}[2J", &"é".repeat(101)],
        );
        assert_eq!(name("  Ann ").unwrap(), "Ann");
    }

    #[test]
    fn profile_images() {
        check(
            "profileImage",
            profile_image,
            &["https://a.example/x.png?y=1#z", "HTTP://a.example", "/media/abc.png", "/uploads/abc.png"],
            &[
                "",
                "x.png",
                "//a.example/x",
                "/media/",
                "/api/users/me",
                "/media/../api",
                "javascript:alert(1)",
                "javascript://a.example",
                "data:image/png;base64,AA",
                "https://",
                "https:///x",
                "https://a.example/<script>",
                "https://a.example/a b",
                "https://a.example/\u{0}",
                "https:\\\\a.example",
                &format!("https://a.example/{}", "x".repeat(2048)),
            ],
        );
    }
}
