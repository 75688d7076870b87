//! People, blocks between them, their sessions, their files and their histories.

mod activity;
mod blocks;
mod logouts;
mod media;
mod rotation;
mod search;
mod sessions;
mod users;

pub(crate) use activity::ActivityDocument;
pub(crate) use blocks::{BlockDocument, between};
pub(crate) use media::MediaRecordDocument;
pub(crate) use rotation::TokenDocument;
pub(crate) use sessions::SessionDocument;
pub(crate) use users::UserDocument;

/// Lower case, a character at a time: unlike after `str::to_lowercase`, which writes another sigma
/// at the end of a word, what begins with a text then does so in lower case, too.
fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|character| if character == 'ς' { 'σ' } else { character }).collect()
}
