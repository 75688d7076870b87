//! What the media service issued.

use async_trait::async_trait;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use natter_domain::id::UserId;
use natter_domain::media::MediaRecord;
use natter_domain::ports::store::{MediaRegistry, StoreError};
use serde::{Deserialize, Serialize};

use crate::MongoStore;
use crate::fault::{Fault, all, within};
use crate::timeline::kind;
use crate::values::{Id as _, date, long, number, timestamp};

/// An issued file as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaRecordDocument {
    #[serde(rename = "_id")]
    url: String,
    owner: ObjectId,
    kind: String,
    mimetype: String,
    filename: String,
    size: i64,
    created_at: DateTime,
}

#[async_trait]
impl MediaRegistry for MongoStore {
    async fn record(&self, record: MediaRecord) -> Result<(), StoreError> {
        let record = MediaRecordDocument {
            url: record.url,
            owner: record.owner.oid(),
            kind: kind::of_media(record.kind).into(),
            mimetype: record.mimetype,
            filename: record.filename,
            size: long(record.size),
            created_at: date(record.created_at),
        };
        let there = doc! { "_id": &record.url };
        within(self.collections().media.replace_one(there, record).upsert(true)).await?;
        Ok(())
    }

    async fn find(&self, urls: &[String]) -> Result<Vec<MediaRecord>, StoreError> {
        if urls.is_empty() {
            return Ok(Vec::new());
        }
        let found = all(self.collections().media.find(doc! { "_id": { "$in": urls } })).await?;
        Ok(found.into_iter().map(read).collect::<Result<_, Fault>>()?)
    }
}

fn read(record: MediaRecordDocument) -> Result<MediaRecord, Fault> {
    Ok(MediaRecord {
        url: record.url,
        owner: UserId::of(record.owner),
        kind: kind::media(&record.kind)?,
        mimetype: record.mimetype,
        filename: record.filename,
        size: number(record.size),
        created_at: timestamp(record.created_at),
    })
}
