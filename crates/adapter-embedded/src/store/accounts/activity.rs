//! What users noted of themselves.

use async_trait::async_trait;
use natter_domain::activity::ActivityEntry;
use natter_domain::id::{ActivityId, UserId};
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{ActivityLog, StoreError};
use natter_domain::time::Timestamp;
use rusqlite::{Connection, Row};

use super::super::SqliteStore;
use super::super::cursor::{self, List};
use super::super::fault::Fault;

#[async_trait]
impl ActivityLog for SqliteStore {
    async fn record(&self, entry: ActivityEntry) -> Result<ActivityEntry, StoreError> {
        self.engine.write(move |unit| record(unit, &entry)).await
    }

    async fn of_user(&self, user: UserId, page: &PageRequest) -> Result<Page<ActivityEntry>, StoreError> {
        let page = page.clone();
        self.engine.read(move |db| of_user(db, user, &page)).await
    }
}

fn record(db: &Connection, entry: &ActivityEntry) -> Result<ActivityEntry, Fault> {
    let kept = db
        .prepare_cached(
            "INSERT OR IGNORE INTO activity (user, created_at, id, kind, reference, details, client_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(rusqlite::params![
            entry.user.bytes(),
            entry.created_at.millis(),
            entry.id.bytes(),
            entry.kind,
            entry.reference,
            entry.details,
            entry.client_id,
        ])?;
    if kept > 0 {
        return Ok(entry.clone());
    }
    // One of the two unique indexes has it.
    let there = db
        .prepare_cached(
            "SELECT user, created_at, id, kind, reference, details, client_id FROM activity \
             WHERE id = ?1 OR (user = ?2 AND client_id = ?3) LIMIT 1",
        )?
        .query_row((entry.id.bytes(), entry.user.bytes(), &entry.client_id), read)?;
    Ok(there)
}

/// A range of the key.
fn of_user(db: &Connection, user: UserId, page: &PageRequest) -> Result<Page<ActivityEntry>, Fault> {
    let (at, id) = match &page.cursor {
        Some(cursor) => {
            let (at, id) = cursor::read(List::Activity, cursor)?;
            (at, id.try_into().map_err(|_| Fault::BadCursor)?)
        }
        None => (i64::MAX, [u8::MAX; 12]),
    };
    let mut items = db
        .prepare_cached(
            "SELECT user, created_at, id, kind, reference, details, client_id FROM activity \
             WHERE user = ?1 AND (created_at, id) < (?2, ?3) ORDER BY created_at DESC, id DESC LIMIT ?4",
        )?
        .query_map((user.bytes(), at, id, i64::from(page.limit) + 1), read)?
        .collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| cursor::write(List::Activity, last.created_at.millis(), last.id.bytes()));
    Ok(Page { items, next })
}

fn read(row: &Row<'_>) -> rusqlite::Result<ActivityEntry> {
    Ok(ActivityEntry {
        user: UserId::from_bytes(row.get(0)?),
        created_at: Timestamp::from_millis(row.get(1)?),
        id: ActivityId::from_bytes(row.get(2)?),
        kind: row.get(3)?,
        reference: row.get(4)?,
        details: row.get(5)?,
        client_id: row.get(6)?,
    })
}
