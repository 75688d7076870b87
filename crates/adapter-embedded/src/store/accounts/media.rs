//! What the media service issued.

use async_trait::async_trait;
use natter_domain::id::UserId;
use natter_domain::media::MediaRecord;
use natter_domain::ports::store::{MediaRegistry, StoreError};
use natter_domain::time::Timestamp;
use rusqlite::Row;

use super::super::SqliteStore;
use super::super::fault::Fault;
use super::super::timeline::{media_code, media_kind};

#[async_trait]
impl MediaRegistry for SqliteStore {
    async fn record(&self, record: MediaRecord) -> Result<(), StoreError> {
        self.engine
            .write(move |unit| {
                unit.prepare_cached(
                    "INSERT OR REPLACE INTO media (url, owner, kind, mimetype, filename, size, created_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(rusqlite::params![
                    record.url,
                    record.owner.bytes(),
                    media_code(record.kind),
                    record.mimetype,
                    record.filename,
                    i64::try_from(record.size).unwrap_or(i64::MAX),
                    record.created_at.millis(),
                ])?;
                Ok(())
            })
            .await
    }

    async fn find(&self, urls: &[String]) -> Result<Vec<MediaRecord>, StoreError> {
        let urls = urls.to_vec();
        self.engine
            .read(move |db| {
                let mut statement = db.prepare_cached(
                    "SELECT url, owner, kind, mimetype, filename, size, created_at FROM media WHERE url = ?1",
                )?;
                let mut found = Vec::new();
                for url in urls {
                    let mut rows = statement.query([url])?;
                    if let Some(row) = rows.next()? {
                        found.push(read(row)?);
                    }
                }
                Ok(found)
            })
            .await
    }
}

fn read(row: &Row<'_>) -> Result<MediaRecord, Fault> {
    let size: i64 = row.get(5)?;
    Ok(MediaRecord {
        url: row.get(0)?,
        owner: UserId::from_bytes(row.get(1)?),
        kind: media_kind(row.get(2)?)?,
        mimetype: row.get(3)?,
        filename: row.get(4)?,
        size: u64::try_from(size).map_err(|_| Fault::Malformed("size"))?,
        created_at: Timestamp::from_millis(row.get(6)?),
    })
}
