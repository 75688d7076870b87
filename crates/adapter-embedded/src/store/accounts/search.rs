//! Finding people by the beginning of their name.

use std::collections::{BTreeSet, HashSet};

use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::user::{Profile, UserRef};
use rusqlite::Connection;

use super::super::cursor::{self, List};
use super::super::fault::Fault;
use super::{fold, users};

/// Replaces what a user is found by.
pub(super) fn write_words(db: &Connection, user: &UserRef) -> Result<(), Fault> {
    // By user_words_by_user.
    db.prepare_cached("DELETE FROM user_words WHERE user = ?1")?.execute([user.id.bytes()])?;
    let key = fold(&user.username);
    let mut insert =
        db.prepare_cached("INSERT INTO user_words (word, username_key, user) VALUES (?1, ?2, ?3)")?;
    for word in BTreeSet::from([key.as_str(), fold(&user.name).as_str()]) {
        insert.execute((word, &key, user.id.bytes()))?;
    }
    Ok(())
}

/// Those who are found by this, in lower case, in order of username.
pub(super) fn search(
    db: &Connection,
    prefix: &str,
    hidden: &HashSet<UserId>,
    page: &PageRequest,
) -> Result<Page<Profile>, Fault> {
    let after = match &page.cursor {
        Some(cursor) => {
            let (_, key) = cursor::read(List::Users, cursor)?;
            String::from_utf8(key).map_err(|_| Fault::BadCursor)?
        }
        None => String::new(),
    };
    // A range of the words, and nothing else is read to order them.
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT username_key, user FROM user_words \
         WHERE word >= ?1 AND word < ?2 AND username_key > ?3 ORDER BY username_key",
    )?;
    let mut profile =
        db.prepare_cached("SELECT id, username, name, profile_image, last_seen FROM users WHERE id = ?1")?;
    let mut rows = statement.query((prefix, format!("{prefix}{}", char::MAX), after))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (key, id): (String, [u8; 12]) = (row.get(0)?, row.get(1)?);
        if hidden.contains(&UserId::from_bytes(id)) {
            continue;
        }
        if items.len() == limit {
            let next = last.map(|key: String| cursor::write(List::Users, 0, key.as_bytes()));
            return Ok(Page { items, next });
        }
        items.push(profile.query_row([id], users::profile)?);
        last = Some(key);
    }
    Ok(Page { items, next: None })
}
