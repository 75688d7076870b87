//! What users noted of themselves.

use async_trait::async_trait;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use natter_domain::activity::ActivityEntry;
use natter_domain::id::{ActivityId, UserId};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{ActivityLog, StoreError};
use serde::{Deserialize, Serialize};

use crate::MongoStore;
use crate::cursor::{self, List};
use crate::fault::{Fault, all, unless_taken, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, timestamp};

/// An entry as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActivityDocument {
    #[serde(rename = "_id")]
    id: ObjectId,
    user_id: ObjectId,
    kind: String,
    reference: String,
    /// JSON, since its keys may be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    created_at: DateTime,
}

#[async_trait]
impl ActivityLog for MongoStore {
    async fn record(&self, entry: ActivityEntry) -> Result<ActivityEntry, StoreError> {
        Ok(record(self.collections(), entry).await?)
    }

    async fn of_user(&self, user: UserId, page: &PageRequest) -> Result<Page<ActivityEntry>, StoreError> {
        Ok(of_user(self.collections(), user, page).await?)
    }
}

async fn record(collections: &Collections, entry: ActivityEntry) -> Result<ActivityEntry, Fault> {
    let document = ActivityDocument {
        id: entry.id.oid(),
        user_id: entry.user.oid(),
        kind: entry.kind.clone(),
        reference: entry.reference.clone(),
        details: entry.details.clone(),
        client_id: entry.client_id.clone(),
        created_at: date(entry.created_at),
    };
    if unless_taken(within(collections.activity.insert_one(document)).await)?.is_some() {
        return Ok(entry);
    }
    // By the index that has it: `_id_` or `user_client_id`.
    let mut either = vec![doc! { "_id": entry.id.oid() }];
    either.extend(entry.client_id.map(|name| doc! { "userId": entry.user.oid(), "clientId": name }));
    let there = within(collections.activity.find_one(doc! { "$or": either })).await?;
    there.map(read).ok_or(Fault::Contended)
}

/// By `user_time`.
async fn of_user(
    collections: &Collections,
    user: UserId,
    page: &PageRequest,
) -> Result<Page<ActivityEntry>, Fault> {
    let mut filter = doc! { "userId": user.oid() };
    if let Some(cursor) = &page.cursor {
        let (at, id) = cursor::read(List::Activity, cursor)?;
        let (at, id): (_, [u8; 12]) =
            (DateTime::from_millis(at), id.try_into().map_err(|_| Fault::BadCursor)?);
        let earlier = doc! { "createdAt": at, "_id": { "$lt": ObjectId::from_bytes(id) } };
        filter.insert("$or", vec![doc! { "createdAt": { "$lt": at } }, earlier]);
    }
    let find = collections.activity.find(filter).sort(doc! { "createdAt": -1, "_id": -1 });
    let found = all(find.limit(i64::from(page.limit) + 1)).await?;
    let mut items: Vec<_> = found.into_iter().map(read).collect();
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| cursor::write(List::Activity, last.created_at.millis(), last.id.bytes()));
    Ok(Page { items, next })
}

fn read(document: ActivityDocument) -> ActivityEntry {
    ActivityEntry {
        id: ActivityId::of(document.id),
        user: UserId::of(document.user_id),
        kind: document.kind,
        reference: document.reference,
        details: document.details,
        client_id: document.client_id,
        created_at: timestamp(document.created_at),
    }
}
