//! People, blocks between them, their sessions, their files and their histories.

mod activity;
mod blocks;
mod media;
mod rotation;
mod search;
mod sessions;
mod users;

/// Lower case, a character at a time: unlike after `str::to_lowercase`, which writes another sigma
/// at the end of a word, what begins with a text then does so in lower case, too.
fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|character| if character == 'ς' { 'σ' } else { character }).collect()
}
