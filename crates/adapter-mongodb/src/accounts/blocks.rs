//! Who has blocked whom.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{BlockRelation, BlockStore, StoreError};
use natter_domain::time::Timestamp;
use natter_domain::user::Profile;
use serde::{Deserialize, Serialize};

use super::UserDocument;
use crate::MongoStore;
use crate::cursor::{self, List};
use crate::fault::{Fault, all, unless_taken, within};
use crate::schema::{Collections, by};
use crate::values::{Id as _, date, timestamp};

/// A block as stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct BlockDocument {
    blocker: ObjectId,
    blocked: ObjectId,
    at: DateTime,
}

#[async_trait]
impl BlockStore for MongoStore {
    async fn set(
        &self,
        blocker: UserId,
        blocked: UserId,
        block: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let blocks = &self.collections().blocks;
        let pair = doc! { "blocker": blocker.oid(), "blocked": blocked.oid() };
        if !block {
            return Ok(within(blocks.delete_one(pair)).await?.deleted_count > 0);
        }
        let insertion = doc! { "$setOnInsert": { "at": date(at) } };
        // Of two at once, one finds the index taken: the other one has set it.
        let set = unless_taken(within(blocks.update_one(pair, insertion).upsert(true)).await)?;
        Ok(set.is_some_and(|set| set.upserted_id.is_some()))
    }

    async fn blocked_by(&self, blocker: UserId, page: &PageRequest) -> Result<Page<Profile>, StoreError> {
        Ok(blocked_by(self.collections(), blocker, page).await?)
    }

    async fn relations(&self, user: UserId) -> Result<Vec<(UserId, BlockRelation)>, StoreError> {
        Ok(relations(self.collections(), user.oid()).await?)
    }

    async fn between(&self, user: UserId, other: UserId) -> Result<BlockRelation, StoreError> {
        Ok(self.core().reads.blocks.read((user, other)).await?.unwrap_or_default())
    }
}

/// Of each pair, as the first of the two sees it. By `blocker_blocked`.
pub(crate) async fn between(
    collections: &Collections,
    pairs: &[(UserId, UserId)],
) -> Result<HashMap<(UserId, UserId), BlockRelation>, Fault> {
    let both = pairs.iter().flat_map(|(one, other)| [(one, other), (other, one)]);
    let either = both.map(|(one, other)| doc! { "blocker": one.oid(), "blocked": other.oid() });
    let find = collections.blocks.find(doc! { "$or": either.collect::<Vec<_>>() });
    let found = all(find.hint(by("blocker_blocked"))).await?;
    let found: HashSet<_> = found.into_iter().map(|block| (block.blocker, block.blocked)).collect();
    let relation = |(one, other): &(UserId, UserId)| BlockRelation {
        by_user: found.contains(&(one.oid(), other.oid())),
        by_other: found.contains(&(other.oid(), one.oid())),
    };
    Ok(pairs.iter().map(|pair| (*pair, relation(pair))).collect())
}

/// By `blocker_blocked`, and by `blocked`.
async fn relations(collections: &Collections, user: ObjectId) -> Result<Vec<(UserId, BlockRelation)>, Fault> {
    let filter = doc! { "$or": [{ "blocker": user }, { "blocked": user }] };
    let mut relations = BTreeMap::<UserId, BlockRelation>::new();
    for block in all(collections.blocks.find(filter)).await? {
        if block.blocker == user {
            relations.entry(UserId::of(block.blocked)).or_default().by_user = true;
        } else {
            relations.entry(UserId::of(block.blocker)).or_default().by_other = true;
        }
    }
    Ok(relations.into_iter().collect())
}

/// By `blocker_time`.
async fn blocked_by(
    collections: &Collections,
    blocker: UserId,
    page: &PageRequest,
) -> Result<Page<Profile>, Fault> {
    let mut filter = doc! { "blocker": blocker.oid() };
    if let Some(cursor) = &page.cursor {
        let (at, id) = cursor::read(List::Blocks, cursor)?;
        let (at, id): (_, [u8; 12]) =
            (DateTime::from_millis(at), id.try_into().map_err(|_| Fault::BadCursor)?);
        let earlier = doc! { "at": at, "blocked": { "$lt": ObjectId::from_bytes(id) } };
        filter.insert("$or", vec![doc! { "at": { "$lt": at } }, earlier]);
    }
    let find = collections.blocks.find(filter).sort(doc! { "at": -1, "blocked": -1 });
    let mut blocks = all(find.limit(i64::from(page.limit) + 1)).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = blocks.len() > limit;
    blocks.truncate(limit);
    let next = blocks.last().filter(|_| more).map(|block| {
        cursor::write(List::Blocks, timestamp(block.at).millis(), UserId::of(block.blocked).bytes())
    });
    let ids: Vec<_> = blocks.iter().map(|block| block.blocked).collect();
    let users = all(collections.users.find(doc! { "_id": { "$in": ids } })).await?;
    let mut profiles: HashMap<_, _> =
        users.into_iter().map(UserDocument::into_profile).map(|profile| (profile.user.id, profile)).collect();
    let items = blocks.iter().filter_map(|block| profiles.remove(&UserId::of(block.blocked))).collect();
    Ok(Page { items, next })
}
