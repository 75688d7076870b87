//! Searching messages by their words.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use natter_domain::message::StoredMessage;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::MessageQuery;

use super::read::many;
use super::words::Sought;
use crate::cursor::{self, List};
use crate::fault::Fault;
use crate::schema::Collections;
use crate::values::{Id as _, date, oids};

/// Words that the database is asked for; more of them make nothing rarer.
const WORDS: usize = 8;

/// By `conversation_words`, sorted. The database finds what may have all of it, and the text tells:
/// that words follow each other is in no index.
pub(super) async fn search(
    collections: &Collections,
    query: &MessageQuery,
    page: &PageRequest,
) -> Result<Page<StoredMessage>, Fault> {
    let mut before = page.cursor.as_deref().map(read_cursor).transpose()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut items: Vec<StoredMessage> = Vec::new();
    let Some(sought) = Sought::parse(&query.text) else { return Ok(Page { items, next: None }) };
    if query.conversations.is_empty() {
        return Ok(Page { items, next: None });
    }
    let wanted = i64::from(page.limit) + 1;
    loop {
        let found =
            many(collections, filter(query, &sought, before), doc! { "createdAt": -1, "_id": -1 }, wanted);
        let found = found.await?;
        let all = (found.len() as i64) < wanted;
        before = found.last().map(|message| (date(message.created_at), message.id.oid()));
        for message in found {
            if !message.text.as_deref().is_some_and(|text| sought.is_in(text)) {
                continue;
            }
            if items.len() == limit {
                let next = items.last().map(write_cursor);
                return Ok(Page { items, next });
            }
            items.push(message);
        }
        if all {
            return Ok(Page { items, next: None });
        }
    }
}

fn filter(query: &MessageQuery, sought: &Sought, before: Option<(DateTime, ObjectId)>) -> Document {
    let (words, beginning) = sought.stored();
    let range = doc! { "$gte": &beginning, "$lt": format!("{beginning}{}", char::MAX) };
    let mut conditions: Vec<_> = words.iter().take(WORDS).map(|word| doc! { "words": word }).collect();
    conditions.push(doc! { "words": { "$elemMatch": range } });
    if let Some((at, id)) = before {
        let same = doc! { "createdAt": at, "_id": { "$lt": id } };
        conditions.push(doc! { "$or": [{ "createdAt": { "$lt": at } }, same] });
    }
    doc! { "conversationId": { "$in": oids(&query.conversations) }, "$and": conditions }
}

fn write_cursor(message: &StoredMessage) -> String {
    cursor::write(List::Messages, message.created_at.millis(), message.id.bytes())
}

fn read_cursor(cursor: &str) -> Result<(DateTime, ObjectId), Fault> {
    let (at, id) = cursor::read(List::Messages, cursor)?;
    let id: [u8; 12] = id.try_into().map_err(|_| Fault::BadCursor)?;
    Ok((DateTime::from_millis(at), ObjectId::from_bytes(id)))
}
