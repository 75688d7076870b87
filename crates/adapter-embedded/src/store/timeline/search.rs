//! Searching messages by their words.
//!
//! The text index answers newest first and lazily, so a full page ends the work. A searcher in few
//! conversations could read many words of others' before that, so the index is asked for the
//! conversations, too. With many of them that costs more than it saves, and what is found is
//! looked up instead; a searcher in many conversations soon has a full page.

use std::collections::HashSet;

use natter_domain::id::ConversationId;
use natter_domain::message::StoredMessage;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::MessageQuery;
use rusqlite::Connection;

use super::super::cursor::{self, List};
use super::super::fault::Fault;
use super::super::place::conversation_of;
use super::index::scope;
use super::read;

/// Most conversations that the text index is asked for: each costs some 25 µs.
const SCOPES: usize = 256;

pub(super) fn search(
    db: &Connection,
    query: &MessageQuery,
    page: &PageRequest,
) -> Result<Page<StoredMessage>, Fault> {
    let before = match &page.cursor {
        Some(cursor) => cursor::read(List::Messages, cursor)?.0,
        None => i64::MAX,
    };
    let nothing = Page { items: Vec::new(), next: None };
    let Some(words) = words(&query.text) else { return Ok(nothing) };
    let conversations = numbers(db, &query.conversations)?;
    if conversations.is_empty() {
        return Ok(nothing);
    }
    let expression = if conversations.len() <= SCOPES {
        let scopes: Vec<_> = conversations.iter().map(|number| scope(*number)).collect();
        format!("text : ({words}) AND scope : ({})", scopes.join(" OR "))
    } else {
        format!("text : ({words})")
    };
    // The second is read from messages_by_position alone.
    let mut statement = db.prepare_cached(
        "SELECT t.rowid, m.seq_place FROM message_text t CROSS JOIN messages m ON m.position = t.rowid \
         WHERE t.message_text MATCH ?1 AND t.rowid < ?2 ORDER BY t.rowid DESC",
    )?;
    let mut rows = statement.query((expression, before))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (position, place): (i64, i64) = (row.get(0)?, row.get(1)?);
        if !conversations.contains(&conversation_of(place)) {
            continue;
        }
        if items.len() == limit {
            return Ok(Page { items, next: last.map(|last| cursor::write(List::Messages, last, &[])) });
        }
        items.extend(read::at(db, place)?);
        last = Some(position);
    }
    Ok(Page { items, next: None })
}

fn numbers(db: &Connection, conversations: &[ConversationId]) -> Result<HashSet<i64>, Fault> {
    let numbers = conversations.iter().map(|id| Ok(read::numbered(db, *id)?.map(|(number, _)| number)));
    numbers.filter_map(Result::transpose).collect()
}

/// The words as FTS5 strings, in which nothing but a quote has a meaning, and NUL, which would end
/// the expression; to the index both are white space. `None` if there are no words.
fn words(text: &str) -> Option<String> {
    let text = text.replace(['"', '\0'], " ");
    // Without a letter or digit it is nothing to the index, which would match nothing for it.
    let words: Vec<_> = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).collect();
    (!words.is_empty()).then(|| format!("\"{}\"*", words.join("\" \"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_strings_and_the_last_is_a_beginning() {
        assert_eq!(words(" Hello  wor ").as_deref(), Some("\"Hello\" \"wor\"*"));
        assert_eq!(words("a\" OR \"b").as_deref(), Some("\"a\" \"OR\" \"b\"*"));
        assert_eq!(words("x\0y NEAR(z)").as_deref(), Some("\"x\" \"y\" \"NEAR(z)\"*"));
        for nothing in ["", " ", "\"", "%", "* _ -", "🎉", "\0"] {
            assert_eq!(words(nothing), None, "{nothing}");
        }
    }
}
