//! The type of a file is in the ending of its name: directories keep nothing beside the bytes.

/// Endings and what they mean; the first of a type is not special.
const ENDINGS: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("avi", "video/x-msvideo"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("mp3", "audio/mpeg"),
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("bin", "application/octet-stream"),
];

/// The MIME type that the name's ending means, if any.
pub(crate) fn of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, content_type)| *content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_told_by_the_last_ending() {
        for (name, expected) in [
            ("a.png", Some("image/png")),
            ("a.png.mp4", Some("video/mp4")),
            ("dir.png/a", None),
            ("a", None),
            ("a.", None),
            ("a.PNG", None),
            ("a.html", None),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }
}
