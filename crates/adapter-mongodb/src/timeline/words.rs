//! The words of a text, as they are stored and as they are looked for.
//!
//! A word is a run of letters and digits, in lower case and without accents. Words are kept in the
//! message, in an index after the conversation's id: MongoDB's own text index finds no beginnings
//! of words, has a syntax of its own, stems by a language that a message does not tell, and reads a
//! word's messages of all conversations. In this one a word, or a beginning, is a range in a
//! conversation.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

/// Longest word that is stored, in characters: what is behind is compared with the text.
const LONGEST: usize = 64;

/// All words, in order, however long.
fn all(text: &str) -> Vec<String> {
    // Without NUL and the like between two letters being nothing: they part words.
    let folded: String = text
        .nfkd()
        .filter(|character| canonical_combining_class(*character) == 0)
        .flat_map(char::to_lowercase)
        // Some come out of the lower case: İ.
        .filter(|character| canonical_combining_class(*character) == 0)
        .map(|character| if character == 'ς' { 'σ' } else { character })
        .collect();
    folded
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(Into::into)
        .collect()
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// What a message with this text is found by: each word once.
pub(super) fn of(text: Option<&str>) -> Vec<String> {
    let words: BTreeSet<_> = all(text.unwrap_or_default()).iter().map(|word| cut(word)).collect();
    words.into_iter().collect()
}

/// What is looked for: terms, each of one or more words that follow each other. The last word of
/// the last one may be a beginning.
pub(super) struct Sought {
    terms: Vec<Vec<String>>,
}

impl Sought {
    /// Between white space, and quotes, is a term. `None` if nothing is looked for.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let terms =
            text.split(|character: char| character.is_whitespace() || matches!(character, '"' | '\0'));
        let terms: Vec<_> = terms.map(all).filter(|term| !term.is_empty()).collect();
        (!terms.is_empty()).then_some(Self { terms })
    }

    /// Words that must be stored as they are, the longest first since they are the rarest; and the
    /// beginning of another one.
    pub(super) fn stored(&self) -> (Vec<String>, String) {
        let mut words: Vec<&String> = self.terms.iter().flatten().collect();
        let beginning = words.pop().map(|word| cut(word)).unwrap_or_default();
        let words: BTreeSet<_> = words.into_iter().map(|word| cut(word)).collect();
        let mut words: Vec<_> = words.into_iter().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        (words, beginning)
    }

    /// Whether a text has all of it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let words = all(text);
        let last = self.terms.len() - 1;
        self.terms.iter().enumerate().all(|(place, term)| {
            words.windows(term.len()).any(|window| {
                let (Some((end, before)), Some((sought_end, sought))) =
                    (window.split_last(), term.split_last())
                else {
                    return false;
                };
                let ends = if place == last { end.starts_with(sought_end) } else { end == sought_end };
                ends && before == sought
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_stored_once() {
        assert_eq!(of(Some("Ärger im CAFÉ, im Café!")), ["arger", "cafe", "im"]);
        assert_eq!(of(Some("ΟΔΟΣ οδος İ 🎉 a\0b c_d")), ["a", "b", "c", "d", "i", "οδοσ"]);
        assert_eq!(of(Some(&"x".repeat(500))), ["x".repeat(LONGEST)]);
        assert!(of(None).is_empty() && of(Some("🎉 %")).is_empty());
    }

    #[test]
    fn all_terms_are_there_and_the_last_is_a_beginning() {
        let has = |sought: &str, text: &str| Sought::parse(sought).unwrap().is_in(text);
        assert!(has("quick-brown fo", "the FOX is quick brown"));
        assert!(!has("quick-brown fo", "the fox is brown, quick"));
        assert!(!has("qui fox", "quick fox"));
        assert!(has("quick-bro", "quick brown"));
        assert!(has(&"x".repeat(100), &"x".repeat(101)) && !has(&"x".repeat(101), &"x".repeat(100)));
        for nothing in ["", " \"", "\0", "🎉 *"] {
            assert!(Sought::parse(nothing).is_none());
        }
    }

    #[test]
    fn the_longest_word_comes_first() {
        let (words, beginning) = Sought::parse("a seldom-used word seldom wor").unwrap().stored();
        assert_eq!(
            (words, beginning.as_str()),
            (vec!["seldom".into(), "used".into(), "word".into(), "a".into()], "wor")
        );
    }
}
