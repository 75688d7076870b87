//! Who has blocked whom.

use std::collections::BTreeMap;

use async_trait::async_trait;
use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{BlockRelation, BlockStore, StoreError};
use natter_domain::time::Timestamp;
use natter_domain::user::Profile;
use rusqlite::Connection;

use super::super::SqliteStore;
use super::super::cursor::{self, List};
use super::super::fault::Fault;
use super::users;

#[async_trait]
impl BlockStore for SqliteStore {
    async fn set(
        &self,
        blocker: UserId,
        blocked: UserId,
        block: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.engine
            .write(move |unit| {
                let (blocker, blocked) = (blocker.bytes(), blocked.bytes());
                let changed = if block {
                    unit.prepare_cached(
                        "INSERT OR IGNORE INTO blocks (blocker, blocked, at) VALUES (?1, ?2, ?3)",
                    )?
                    .execute((blocker, blocked, at.millis()))?
                } else {
                    unit.prepare_cached("DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2")?
                        .execute((blocker, blocked))?
                };
                Ok(changed > 0)
            })
            .await
    }

    async fn blocked_by(&self, blocker: UserId, page: &PageRequest) -> Result<Page<Profile>, StoreError> {
        let page = page.clone();
        self.engine.read(move |db| blocked_by(db, blocker, &page)).await
    }

    async fn relations(&self, user: UserId) -> Result<Vec<(UserId, BlockRelation)>, StoreError> {
        self.engine.read(move |db| relations(db, user)).await
    }

    async fn between(&self, user: UserId, other: UserId) -> Result<BlockRelation, StoreError> {
        self.engine
            .read(move |db| {
                let mut statement =
                    db.prepare_cached("SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = ?2")?;
                Ok(BlockRelation {
                    by_user: statement.exists((user.bytes(), other.bytes()))?,
                    by_other: statement.exists((other.bytes(), user.bytes()))?,
                })
            })
            .await
    }
}

fn blocked_by(db: &Connection, blocker: UserId, page: &PageRequest) -> Result<Page<Profile>, Fault> {
    let (at, id) = match &page.cursor {
        Some(cursor) => {
            let (at, id) = cursor::read(List::Blocks, cursor)?;
            (at, id.try_into().map_err(|_| Fault::BadCursor)?)
        }
        None => (i64::MAX, [u8::MAX; 12]),
    };
    // A range of the key, sorted: nobody blocks that many.
    let mut found = db
        .prepare_cached(
            "SELECT u.id, u.username, u.name, u.profile_image, u.last_seen, b.at \
             FROM blocks b JOIN users u ON u.id = b.blocked \
             WHERE b.blocker = ?1 AND (b.at, b.blocked) < (?2, ?3) \
             ORDER BY b.at DESC, b.blocked DESC LIMIT ?4",
        )?
        .query_map((blocker.bytes(), at, id, i64::from(page.limit) + 1), |row| {
            Ok((users::profile(row)?, row.get::<_, i64>(5)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|(profile, at)| cursor::write(List::Blocks, *at, profile.user.id.bytes()));
    Ok(Page { items: found.into_iter().map(|(profile, _)| profile).collect(), next })
}

fn relations(db: &Connection, user: UserId) -> Result<Vec<(UserId, BlockRelation)>, Fault> {
    let mut relations = BTreeMap::<UserId, BlockRelation>::new();
    let mut ours = db.prepare_cached("SELECT blocked FROM blocks WHERE blocker = ?1")?;
    for id in ours.query_map([user.bytes()], |row| row.get(0))? {
        relations.entry(UserId::from_bytes(id?)).or_default().by_user = true;
    }
    // By blocks_by_blocked.
    let mut theirs = db.prepare_cached("SELECT blocker FROM blocks WHERE blocked = ?1")?;
    for id in theirs.query_map([user.bytes()], |row| row.get(0))? {
        relations.entry(UserId::from_bytes(id?)).or_default().by_other = true;
    }
    Ok(relations.into_iter().collect())
}
