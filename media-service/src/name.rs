//! Names that media are issued under. They are the only thing that guards a file, so they can't be
//! guessed.

use std::fmt;

use crate::format::Format;

/// Hex digits before the ending: 128 random bits.
const DIGITS: usize = 32;

/// A name that we issued, or might have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaName {
    text: String,
    format: Format,
}

impl MediaName {
    /// A new one, from the thread's generator, which is a cryptographic one.
    pub(crate) fn generate(format: Format) -> Self {
        Self { text: format!("{:0DIGITS$x}.{}", rand::random::<u128>(), format.ending()), format }
    }

    /// Reads one from a URL; anything else names nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, ending) = text.split_once('.')?;
        let fits = digits.len() == DIGITS && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        let format = Format::of_ending(ending)?;
        fits.then(|| Self { text: text.to_owned(), format })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_issues() {
        for format in [Format::Jpeg, Format::Mp4, Format::Mkv] {
            let name = MediaName::generate(format);
            assert_eq!(name.as_str().len(), DIGITS + 1 + format.ending().len());
            assert_eq!(MediaName::parse(name.as_str()), Some(name));
        }
        assert_ne!(MediaName::generate(Format::Png), MediaName::generate(Format::Png));
    }

    #[test]
    fn nothing_else_is_a_name() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert!(MediaName::parse(&format!("{digits}.png")).is_some());
        for text in [
            String::new(),
            digits.to_owned(),
            format!("{digits}.jpeg"),
            format!("{digits}.html"),
            format!("{digits}.png.png"),
            format!("{digits}.png/"),
            format!("{digits}.PNG"),
            format!("{digits}0.png"),
            format!("{}.png", digits.to_uppercase()),
            format!("../{}.png", &digits[3..]),
            format!("{}#1.png", &digits[2..]),
        ] {
            assert_eq!(MediaName::parse(&text), None, "{text}");
        }
    }
}
