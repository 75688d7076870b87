//! People, blocks between them, their sessions and their files.

mod blocks;
mod media;
mod rotation;
mod search;
mod sessions;
mod users;

/// Lower case, a character at a time: unlike `str::to_lowercase`, what begins with a text then
/// also does so in lower case (Greek has another sigma at the end of a word).
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
